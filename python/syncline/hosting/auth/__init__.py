"""Who somebody is: providers of identities, and the door they stand at."""

from syncline.hosting.auth.base import Auth, BaseAuth, NoAuth
from syncline.hosting.auth.basic import BasicAuth
from syncline.hosting.auth.door import Authorize, Door, Entry
from syncline.hosting.auth.errors import BadAuth
from syncline.hosting.auth.identity import Identity
from syncline.hosting.auth.module import ModuleAuth
from syncline.hosting.auth.oauth import OAuth
from syncline.hosting.auth.reply import Away, Cookie, Form, Reply, Welcome
from syncline.hosting.auth.request import AuthRequest
from syncline.hosting.auth.token import TokenAuth

__all__ = [
    "Auth",
    "AuthRequest",
    "Authorize",
    "Away",
    "BadAuth",
    "BaseAuth",
    "BasicAuth",
    "Cookie",
    "Door",
    "Entry",
    "Form",
    "Identity",
    "ModuleAuth",
    "NoAuth",
    "OAuth",
    "Reply",
    "TokenAuth",
    "Welcome",
]
