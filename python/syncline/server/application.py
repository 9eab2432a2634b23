"""The Tornado application: routes, made from the table, in front of `hosting`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tornado.routing import URLSpec
from tornado.web import Application as TornadoApplication

from syncline.hosting.errors import BadName
from syncline.hosting.names import Sources, check_name, named_applications, normal_prefix
from syncline.hosting.permissions import Row, expression, routes
from syncline.hosting.site import Site, SiteOptions
from syncline.server.views import slash
from syncline.server.views.admin import AdminSessionView, AdminView
from syncline.server.views.app_static import AppStaticView, FolderView
from syncline.server.views.autoload import AutoloadView
from syncline.server.views.base import GuardedView, NotFoundView, Route
from syncline.server.views.document import DocumentView
from syncline.server.views.favicon import FaviconView
from syncline.server.views.health import HealthView
from syncline.server.views.index import IndexView
from syncline.server.views.login import LoginView
from syncline.server.views.metadata import MetadataView
from syncline.server.views.metrics import MetricsView
from syncline.server.views.page import PageView
from syncline.server.views.ready import ReadyView
from syncline.server.views.session import SessionView
from syncline.server.views.start_over import StartOverView
from syncline.server.views.static import StaticView
from syncline.server.views.ticket import TicketView

if TYPE_CHECKING:
    from typing import Unpack


class TornadoOptions(SiteOptions, total=False):
    """What `SynclineTornado` takes by name, for those that hand it on."""

    prefix: str
    static_dirs: Mapping[str, str | Path]
    extra_patterns: Iterable[tuple[Any, ...]]
    settings: Mapping[str, Any]


VIEWS: Mapping[str, type[GuardedView]] = {
    "index": IndexView,
    "favicon": FaviconView,
    "health": HealthView,
    "ready": ReadyView,
    "admin": AdminView,
    "admin_socket": AdminSessionView,
    "metrics": MetricsView,
    "login": LoginView,
    "logout": LoginView,
    "callback": LoginView,
    "static": StaticView,
    "page": PageView,
    "ticket": TicketView,
    "autoload": AutoloadView,
    "metadata": MetadataView,
    "app static": AppStaticView,
    "start-over": StartOverView,
    "socket": SessionView,
    "document": DocumentView,
}


class SynclineTornado(TornadoApplication):
    """Serves applications, each at `<prefix>/<name>`.

    It is whole by itself, for `BaseServer`; a router of Tornado's takes it as a target
    (`Rule(PathMatches("/viz.*"), SynclineTornado(apps, prefix="/viz"))`); or another application
    takes its rules (`theirs.add_handlers(".*", ours.rules)`), and starts and stops its `site`.
    The files of `static_dirs`, folders by name, are at `<prefix>/<name>/...`.
    `extra_patterns` are rules of one's own, below the prefix too and tried before ours. Nothing
    guards them: their handlers check for themselves what they are asked.
    """

    def __init__(
        self,
        applications: Sources,
        *,
        prefix: str = "",
        static_dirs: Mapping[str, str | Path] = MappingProxyType({}),
        extra_patterns: Iterable[tuple[Any, ...]] = (),
        settings: Mapping[str, Any] = MappingProxyType({}),
        **options: Unpack[SiteOptions],
    ) -> None:
        self.site = Site(named_applications(applications), **options)
        self.prefix = normal_prefix(prefix)
        extra: list[Any] = [(self.prefix + pattern, *rest) for pattern, *rest in extra_patterns]
        ours = [self._rule(row) for row in routes().values()]
        folders = [self._folder(name, Path(path)) for name, path in static_dirs.items()]
        self.rules: list[Any] = [*extra, *folders, *ours, *self._slashes()]
        super().__init__(
            self.rules,
            **{
                "default_handler_class": NotFoundView,
                "default_handler_args": self._known(),
                **settings,
            },
        )

    def _rule(self, row: Row) -> URLSpec:
        pattern = f"{re.escape(self.prefix)}/{expression(row)}$"
        return URLSpec(pattern, VIEWS[row.name], self._known(row), name=row.name)

    def _known(self, row: Row | None = None) -> dict[str, Any]:
        return {"route": Route(self.site, self.prefix, row)}

    def _folder(self, name: str, path: Path) -> URLSpec:
        """Return the rule for a folder, whose files are guarded as those of an app are."""
        check_name(name)
        if name in self.site.contexts:
            raise BadName(f"{name!r} is an app: no folder can be called that")
        pattern = f"{re.escape(f'{self.prefix}/{name}')}/(?P<name>.+)$"
        known = self._known(routes()["app static"])
        return URLSpec(pattern, FolderView, {"folder": path, **known})

    def _slashes(self) -> list[URLSpec]:
        """Return the rules for an address with a slash too many, or with one too few."""
        prefix, known = re.escape(self.prefix), self._known(slash.ROW)
        # The index is a folder: what its links name is beside it.
        missing = [URLSpec(f"{prefix}$", slash.SlashView, known)] if prefix else []
        return [*missing, URLSpec(f"{prefix}/(?P<app>[^/]+)/$", slash.SlashView, known)]
