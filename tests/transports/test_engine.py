"""The same engine over every carrier: what a carrier may not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from syncline.core.ops import Msg, Op, Splice

if TYPE_CHECKING:
    from tests.transports.places import Place


def edit(page: Any, op: Op) -> None:
    """Make an edit that is not the setting of a property."""
    with page._moved:
        page.replica.local(op)
        page.link.flush(0)


def settled(*pages: Any) -> None:
    for page in pages:
        page.until(lambda page=page: page.link.status == "live" and not page.replica.pending)


def test_the_handshake_brings_the_whole_document(place: Place) -> None:
    page = place.page()
    assert page.link.ack.server.startswith("syncline ")
    assert page.link.resume_key
    assert page.replica.client
    assert page.replica.state.roots == [place.knob]
    assert page.get(place.knob, "value") == 1.0
    assert page.get(place.knob, "items") == [1, 2, 3]


def test_a_value_goes_both_ways(place: Place) -> None:
    page = place.page()
    place.run("knob.value = 2")
    page.until_value(place.knob, "value", 2.0)
    page.set(place.knob, "value", 3.0)
    settled(page)
    assert place.value("knob.value") == "3.0"


def test_two_pages_and_python_edit_one_list_and_converge(place: Place) -> None:
    one, two = place.page(), place.page()
    for number in range(10):
        edit(one, Splice(place.knob, ["items"], 0, 0, [100 + number]))
        edit(two, Splice(place.knob, ["items"], None, 0, [200 + number]))
        place.run(f"knob.items.insert(1, {300 + number})")
    settled(one, two)
    place.run("knob.clicks = -1")
    for page in (one, two):
        page.until_value(place.knob, "clicks", -1)
    items = one.get(place.knob, "items")
    assert items == two.get(place.knob, "items")
    assert str(items) == place.value("str(list(knob.items))").strip("'")
    inserted = {base + number for base in (100, 200, 300) for number in range(10)}
    assert sorted(items) == sorted({1, 2, 3} | inserted)
    assert [item for item in items if item >= 300] == [*range(309, 299, -1)]


def test_an_array_goes_there_and_back_bit_for_bit(place: Place) -> None:
    page = place.page()
    mine = np.array([[1.5, np.nan, -0.0], [np.inf, 1e-300, 3.0]])
    page.set(place.knob, "data", mine)
    settled(page)
    assert place.value("knob.data.tobytes().hex()") == repr(mine.tobytes().hex())
    assert place.value("str(knob.data.dtype), knob.data.shape") == "('float64', (2, 3))"
    place.run("knob.data = np.arange(300_000, dtype='i4')[::-1]")
    page.until(lambda: getattr(page.get(place.knob, "data"), "size", 0) == 300_000)
    theirs = page.get(place.knob, "data")
    assert theirs.dtype == np.dtype("i4")
    assert theirs.tobytes() == np.arange(300_000, dtype="i4")[::-1].tobytes()
    late = place.page()
    assert late.get(place.knob, "data").tobytes() == theirs.tobytes()


def test_python_answers_a_page(place: Place) -> None:
    page, other = place.page(), place.page()
    page.set(place.knob, "value", 21.0)
    page.click(place.knob)
    for one in (page, other):
        one.until_value(place.knob, "double", 42.0)
        one.until_value(place.knob, "clicks", 1)


def test_what_was_edited_offline_is_there_after_coming_back(place: Place) -> None:
    page = place.page()
    client = page.replica.client
    page.leave()
    edit(page, Splice(place.knob, ["items"], 2, 0, [9]))
    edit(page, Splice(place.knob, ["items"], None, 0, [10]))
    place.run("knob.items.insert(0, 0); knob.value = 5")
    page.join()
    settled(page)
    page.until_value(place.knob, "value", 5.0)
    assert page.replica.client == client
    assert page.get(place.knob, "items") == [0, 1, 2, 9, 3, 10]
    assert place.value("list(knob.items)") == "[0, 1, 2, 9, 3, 10]"


def test_an_error_of_one_page_leaves_the_others_alone(place: Place) -> None:
    clumsy, other = place.page(), place.page()
    clumsy.send('{"header":')
    clumsy.send(b"SL\x01\x00nonsense")
    clumsy.set(place.knob, "value", "text")
    clumsy.until(lambda: "refused" in [getattr(told, "kind", "") for _, told in clumsy.reports])
    assert clumsy.get(place.knob, "value") == 1.0
    clumsy.set(place.knob, "value", 2.0)
    other.until_value(place.knob, "value", 2.0)
    other.set(place.knob, "value", 3.0)
    clumsy.until_value(place.knob, "value", 3.0)
    assert other.reports == []
    assert other.closed is None
    assert clumsy.closed is None


def test_what_is_larger_than_a_frame_goes_in_parts_both_ways(place: Place) -> None:
    page, other = place.page(), place.page()
    mine = np.arange(1_200_000, dtype="f8")
    page.set(place.knob, "data", mine)
    for one in (page, other):
        one.until(lambda one=one: getattr(one.get(place.knob, "data"), "size", 0) == mine.size)
    settled(page)
    assert place.value("int(knob.data.sum())") == str(int(mine.sum()))
    assert other.get(place.knob, "data").tobytes() == mine.tobytes()
    late = place.page()
    assert late.get(place.knob, "data").tobytes() == mine.tobytes()


def test_a_volatile_message_reaches_python_and_the_others(place: Place) -> None:
    page, other = place.page(), place.page()
    heard: list[Any] = []
    for one in (page, other):
        one.replica.view.message = lambda by, op, one=one: heard.append((one, by))
    with page._moved:
        page.link.send_volatile(Msg(place.knob, "click", None))
    page.until_value(place.knob, "clicks", 1)
    other.until(lambda: heard == [(other, page.replica.client)])


def test_what_is_over_a_limit_is_refused_and_the_connection_goes_on(place: Place) -> None:
    page = place.page()
    deep = "[" * 100 + "]" * 100
    page.send(f'{{"header":{{"msgid":"x","msgtype":"PING"}},"content":{{"x":{deep}}}}}')
    page.set(place.knob, "value", 2.0)
    settled(page)
    assert place.value("knob.value") == "2.0"
    assert page.closed is None


def test_the_newest_connection_of_a_client_wins(place: Place) -> None:
    first, second = place.page(), place.reach()
    place.pages.append(second)
    with second._moved:
        second.link.resume_key = first.link.resume_key
        second.replica.client = first.replica.client
        second.link._pull = None
        second.link.pull(0)
    second.until(
        lambda: second.link.status == "live" and second.replica.client == first.replica.client
    )
    place.run("knob.value = 9")
    second.until_value(place.knob, "value", 9.0)


def test_many_changes_in_a_row_become_few_frames_and_all_arrive(place: Place) -> None:
    page = place.page()
    place.run("for number in range(3000): knob.value = number")
    page.until_value(place.knob, "value", 2999.0)
    place.run("for number in range(10): knob.items.append(number)")
    page.until(lambda: page.get(place.knob, "items") == [1, 2, 3, *range(10)])
    assert page.closed is None
