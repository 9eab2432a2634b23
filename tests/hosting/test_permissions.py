from __future__ import annotations

import re

from syncline.hosting.permissions import ROUTES, OriginRule, Who, expression, routes


def test_names_and_patterns_are_unique() -> None:
    assert len(routes()) == len(ROUTES)
    assert len({row.pattern for row in ROUTES}) == len(ROUTES)


def test_only_what_belongs_to_nobody_may_be_called_from_anywhere() -> None:
    foreign = [row.name for row in ROUTES if row.origin is OriginRule.ANY]
    assert foreign == ["favicon", "health", "ready", "static"]
    assert all(row.who is Who.SESSION for row in ROUTES if row.websocket)
    changing = [row for row in ROUTES if not set(row.methods) <= {"GET", "HEAD"}]
    assert all(row.origin is OriginRule.OWN for row in changing)
    assert {row.name for row in changing if row.who is not Who.SESSION} == {"login", "logout"}


def test_a_pattern_says_what_it_matches_and_nothing_else() -> None:
    found = {
        path: [row.name for row in ROUTES if re.fullmatch(expression(row), path)][:1]
        for path in (
            "",
            "healthz",
            "static/a/b.js",
            "app",
            "app/ticket",
            "app/metadata",
            "app/static/a/b.png",
            "app/start-over",
            "app/ws",
            "app/docs/d/ws",
            "app/x",
            "a/",
        )
    }
    assert [*found.values()] == [
        ["index"], ["health"], ["static"], ["page"], ["ticket"], ["metadata"], ["app static"],
        ["start-over"], ["socket"], ["document"], [], [],
    ]  # fmt: skip
