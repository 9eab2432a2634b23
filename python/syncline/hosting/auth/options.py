"""How people log in, as it is said by name: in Python, in the environment or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast, get_args

from syncline.hosting.auth.base import NoAuth
from syncline.hosting.auth.basic import BasicAuth
from syncline.hosting.auth.errors import BadAuth
from syncline.hosting.auth.module import ModuleAuth
from syncline.hosting.auth.oauth import SCOPE, OAuth
from syncline.hosting.auth.token import TokenAuth

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.hosting.auth.base import Auth
    from syncline.hosting.auth.door import Authorize

Kind = Literal["none", "token", "basic", "module", "oauth"]
SOURCE = frozenset(
    {
        "auth",
        "auth_token",
        "auth_users",
        "auth_module",
        "oauth_issuer",
        "oauth_client_id",
        "oauth_client_secret",
        "oauth_redirect_uri",
        "oauth_scope",
        "oauth_user_claim",
    }
)
KINDS: tuple[Kind, ...] = get_args(Kind)


class DoorOptions(TypedDict, total=False):
    """What `Door` takes by name."""

    authorize: Authorize | None
    login_ttl: float
    login_rate: float
    cookie_path: str | None


class AuthOptions(DoorOptions, total=False):
    """What `Site` takes besides, to make a provider of."""

    auth: Auth | Kind | None
    auth_token: str | None
    auth_users: str | Path | None
    auth_module: Any
    oauth_issuer: str | None
    oauth_client_id: str | None
    oauth_client_secret: str | None
    oauth_redirect_uri: str | None
    oauth_scope: str
    oauth_user_claim: str


def provider(
    auth: Auth | Kind | None = None,
    *,
    auth_token: str | None = None,
    auth_users: str | Path | None = None,
    auth_module: Any = None,
    oauth_issuer: str | None = None,
    oauth_client_id: str | None = None,
    oauth_client_secret: str | None = None,
    oauth_redirect_uri: str | None = None,
    oauth_scope: str = SCOPE,
    oauth_user_claim: str = "sub",
) -> Auth:
    """Return the provider that is named, or that there is something for. Raises BadAuth."""
    if auth is not None and not isinstance(auth, str):
        return auth
    given: dict[Kind, object] = {
        "token": auth_token,
        "basic": auth_users,
        "module": auth_module,
        "oauth": oauth_issuer,
    }
    kinds = [kind for kind, value in given.items() if value is not None]
    if auth is None and len(kinds) > 1:
        raise BadAuth(f"there is something for {' and '.join(kinds)}: say which with --auth")
    kind = auth or (kinds[0] if kinds else "none")
    match kind:
        case "none":
            return NoAuth()
        case "token":
            if auth_token is not None:
                return TokenAuth(auth_token)
            raise BadAuth("this way to log in needs SYNCLINE_AUTH_TOKEN in the environment")
        case "basic":
            if auth_users is not None:
                return BasicAuth(auth_users)
            raise BadAuth("this way to log in needs --auth-users FILE")
        case "module":
            if auth_module is not None:
                return ModuleAuth(auth_module)
            raise BadAuth("this way to log in needs --auth-module FILE")
        case "oauth":
            if oauth_issuer is not None and oauth_client_id is not None:
                return OAuth(
                    oauth_issuer,
                    oauth_client_id,
                    oauth_client_secret,
                    redirect_uri=oauth_redirect_uri,
                    scope=oauth_scope,
                    user_claim=oauth_user_claim,
                )
            raise BadAuth("this way to log in needs --oauth-issuer URL and --oauth-client-id ID")
    raise BadAuth(f"expected one of {', '.join(KINDS)}, got {kind!r}")


def settle_provider(options: AuthOptions) -> Auth:
    """Return the provider of these options, and put it in the place of what it was made of."""
    source = {key: options.pop(key) for key in SOURCE if key in options}  # type: ignore[misc]
    options["auth"] = auth = provider(**source)
    return auth


def door_options(options: AuthOptions) -> DoorOptions:
    """Return those of the options that are the door's. Raises TypeError for what is no option."""
    if unknown := options.keys() - AuthOptions.__annotations__.keys():
        raise TypeError(f"there is no option {min(unknown)!r}")
    mine = {key: value for key, value in options.items() if key in DoorOptions.__annotations__}
    return cast("DoorOptions", mine)
