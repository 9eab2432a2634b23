from __future__ import annotations

from types import SimpleNamespace

import pytest

import syncline as sl
from syncline.apps import Application, ApplicationContext, Headers, Request, SessionContext
from syncline.apps.entering import introduction, leave


@pytest.fixture(autouse=True)
def _no_end_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline.apps.entering.atexit", SimpleNamespace(register=print))


def test_a_kernels_document_gets_the_sessions_context() -> None:
    request = Request(
        path="/viz/app",
        arguments={"n": ("1", "it's"), "e": ()},
        headers=Headers([("X-Tenant", 'a"b\\'), ("Accept", "''' {0} %s")]),
        cookies={"theme": "dark"},
        user="ann",
    )
    app = ApplicationContext("app", Application(title="App"))
    context = SessionContext("s1", app, sl.Document(), request, "../logout")
    doc = sl.Document()
    names: dict[str, object] = {}
    with sl.set_curdoc(doc):
        exec(introduction(context), names)
    assert set(names) == {"__builtins__"}
    entered = doc.session_context
    assert (entered.id, entered.user, entered.logout_url) == ("s1", "ann", "../logout")
    assert entered.server_context.application_context.name == "app"
    assert dict(entered.request.headers) == dict(request.headers)
    assert entered.request.headers["x-tenant"] == 'a"b\\'
    assert entered.request == Request(
        "/viz/app", request.arguments, entered.request.headers, request.cookies, "ann"
    )


def test_a_kernel_without_syncline_goes_on() -> None:
    context = SessionContext("s1", ApplicationContext("app", Application()), sl.Document())
    exec(introduction(context).replace("syncline.apps.entering", "not_installed"), {})


def test_at_the_end_of_the_kernel_the_documents_own_callbacks_are_called() -> None:
    doc = sl.Document()
    context = SessionContext("s1", ApplicationContext("app", Application()), doc)
    seen: list[object] = []
    doc.report = lambda error, where: seen.append(type(error))

    @doc.on_session_destroyed
    def broken(context: SessionContext) -> None:
        raise ValueError

    @doc.on_session_destroyed
    async def last(context: SessionContext) -> None:
        seen.append(context.destroyed)

    leave(context)
    assert seen == [ValueError, True]
