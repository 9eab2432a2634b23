"""What Prometheus may ask of a site; counted where it happens, summed up when it is asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from syncline.document.tally import Tally
    from syncline.hosting.site import Site

LAG_BUCKETS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)
TALLIES: tuple[tuple[str, str, Callable[[Tally], int]], ...] = (
    ("messages_received", "Messages of browsers", lambda tally: tally.received),
    ("received_bytes", "Bytes of these", lambda tally: tally.received_bytes),
    ("messages_sent", "Messages to browsers", lambda tally: tally.sent),
    ("sent_bytes", "Bytes of these", lambda tally: tally.sent_bytes),
    ("callbacks_slow", "Callbacks that kept others waiting", lambda tally: tally.slow),
    ("callbacks_failed", "Callbacks that raised", lambda tally: tally.failed),
)


class Metrics(Collector):
    """The figures of one site, in a registry of its own: servers of one process do not mix."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        self.lag = Histogram(
            "syncline_loop_lag_seconds",
            "How late the loop comes round",
            buckets=LAG_BUCKETS,
            registry=self._registry,
        )

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """Return the figures as text, in a format that is accepted, and its content type."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind

    def collect(self) -> Iterator[Metric]:
        """Sum up what there is now."""
        site = self._site
        sessions = Counter(session.app for session in site.sessions)
        viewers: Counter[str] = Counter()
        for session in site.sessions:
            viewers[session.app] += session.viewers
        yield self._by_app("sessions", "Live sessions", sessions)
        yield self._by_app("connections", "Websockets that follow a document", viewers)
        yield _gauge("sockets", "Websockets that are open", len(site.sockets))
        yield _gauge("tasks", "Tasks of the loop", _tasks())
        yield _gauge("ready", "Whether new visitors are welcome", site.is_ready)
        yield _gauge("store", "Whether what sessions are kept in works", site.keeps_sessions)
        for name, text, count in TALLIES:
            counter = CounterMetricFamily(f"syncline_{name}", text, labels=["app"])
            for app, context in site.contexts.items():
                counter.add_metric([app], count(context.tally))
            yield counter

    def describe(self) -> Iterable[Metric]:
        """Name nothing: no figure is asked for before the site is whole."""
        return ()

    def _by_app(self, name: str, text: str, counts: Counter[str]) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(f"syncline_{name}", text, labels=["app"])
        for app in self._site.contexts:
            gauge.add_metric([app], counts[app])
        return gauge


class _Merged(Collector):
    """The figures of several processes, each with the label `process`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._families: dict[str, Metric] = {}
        for process, text in texts.items():
            for family in text_string_to_metric_families(text):
                self._add(family, process)

    def collect(self) -> Iterable[Metric]:
        """Return one family for all processes."""
        return self._families.values()

    def _add(self, family: Metric, process: str) -> None:
        known = self._families.setdefault(
            family.name, Metric(family.name, family.documentation, family.type)
        )
        for sample in family.samples:
            labels = {**sample.labels, "process": process}
            known.samples.append(sample._replace(labels=labels))


def merged(texts: Mapping[str, str], accept: str = "") -> tuple[bytes, str]:
    """Return the figures of processes as one text, in a format that is accepted, and its type."""
    registry = CollectorRegistry()
    registry.register(_Merged(texts))
    encode, kind = choose_encoder(accept)
    return encode(registry), kind


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"syncline_{name}", text, value=value)


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0
