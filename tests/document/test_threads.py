"""A document that several threads change at once."""

from __future__ import annotations

import threading

import pytest

from syncline import Document
from tests.document.knobs import SECONDS, Knob
from tests.sync.speaker import Speaker, live, put


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def knob(document: Document) -> Knob:
    made = Knob()
    document.add_root(made)
    return made


def test_threads_may_hammer_one_document(document: Document, knob: Knob) -> None:
    seen: list[float] = []
    knob.observe(lambda event: seen.append(event.new), "value")
    rounds, failures = 60, []

    def work(number: int) -> None:
        try:
            for step in range(rounds):
                knob.items.append(number)
                with document.transaction():
                    before = len(knob.items)
                    knob.items.insert(0, number)
                    knob.items.pop()
                    assert len(knob.items) == before
                knob.value = number * 1000 + step
        except BaseException as error:  # noqa: BLE001  it is told by the main thread
            failures.append(error)

    def listen() -> None:
        try:
            client = live(document.session)
            while any(worker.is_alive() for worker in workers):
                client.hear()
                client.edit(put(-1, m=knob.id), base=client.session.log.base)
            client.pull()
        except BaseException as error:  # noqa: BLE001  it is told by the main thread
            failures.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    reader = threading.Thread(target=listen)
    for thread in (*workers, reader):
        thread.start()
    for thread in (*workers, reader):
        thread.join(SECONDS)
    assert failures == []
    assert len(knob.items) == 6 * rounds
    props = Speaker(document.session).pull().content["doc"]["models"][knob.id]["props"]
    assert props["items"] == knob.items
    assert props["value"] == knob.value
