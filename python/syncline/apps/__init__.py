"""What runs: applications, their handlers, and what their code may know."""

from syncline.apps.application import Application, Source, application_for
from syncline.apps.contexts import ApplicationContext, ServerContext, SessionContext
from syncline.apps.directory import DirectoryHandler, is_app
from syncline.apps.errors import AppError, AppLoadError, AppNotFound, UnknownApp, new_error_id
from syncline.apps.function import FunctionHandler
from syncline.apps.handler import Handler
from syncline.apps.hooks import Hook, HookName, Hooks
from syncline.apps.notebook import NotebookHandler
from syncline.apps.program import Cell, Program
from syncline.apps.request import Headers, Request, RequestFilter
from syncline.apps.scope import Scope
from syncline.apps.script import KernelScriptHandler, ScriptHandler

__all__ = [
    "AppError",
    "AppLoadError",
    "AppNotFound",
    "Application",
    "ApplicationContext",
    "Cell",
    "DirectoryHandler",
    "FunctionHandler",
    "Handler",
    "Headers",
    "Hook",
    "HookName",
    "Hooks",
    "KernelScriptHandler",
    "NotebookHandler",
    "Program",
    "Request",
    "RequestFilter",
    "Scope",
    "ScriptHandler",
    "ServerContext",
    "SessionContext",
    "Source",
    "UnknownApp",
    "application_for",
    "is_app",
    "new_error_id",
]
