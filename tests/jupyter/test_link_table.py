"""The table of links: what a token and a cookie stand for, and until when."""

from __future__ import annotations

import base64
import json

import pytest

from syncline.jupyter import links as module
from syncline.jupyter.link_api import mounted_in
from syncline.jupyter.links import Link, Links, TooManyLinks
from syncline.transports.overview import Overview


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(clock: Clock) -> Links:
    return Links(clock)


def made(links: Links, seconds: float = 60) -> Link:
    return links.make("k", "d", "view", seconds=seconds, label="Ann")


def test_a_token_stands_for_its_link_at_its_own_address(links: Links) -> None:
    link = made(links)
    token = links.token(link)
    assert links.shown(token, "k", "d") == link
    assert links.shown(token, "k", "other") is None
    assert links.shown(token, "other", "d") is None
    assert link.user == "link:Ann"
    assert links.make("k", "d", "view", seconds=9).user.startswith("link:")


def test_a_token_is_no_cookie_and_a_cookie_no_token(links: Links) -> None:
    link = made(links)
    assert links.followed(links.cookie(link), "k", "d") == link
    assert links.followed(links.token(link), "k", "d") is None
    assert links.shown(links.cookie(link), "k", "d") is None


def test_a_link_ends_with_its_time(links: Links, clock: Clock) -> None:
    link = made(links, 60)
    token, cookie = links.token(link), links.cookie(link)
    clock.now += 59.9
    assert links.shown(token, "k", "d")
    clock.now += 0.1
    assert links.shown(token, "k", "d") is None
    assert links.followed(cookie, "k", "d") is None
    assert not links.enter(link, lambda why: None)
    assert links.all() == []


@pytest.mark.parametrize("text", [None, "", ".", "x", "a.b", "ü.b", "e30.x", "\0", "." * 9999])
def test_what_is_no_token_stands_for_nothing(links: Links, text: str | None) -> None:
    made(links)
    assert links.shown(text, "k", "d") is None


def test_no_other_claim_has_the_signature_of_one(links: Links) -> None:
    payload, signature = links.token(made(links)).split(".")
    claim = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claim[1:4] == ["k", "d", "view"]
    for changed in ([*claim[:3], "edit", claim[4]], [*claim[:4], claim[4] + 1e6], claim[:4]):
        other = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
        assert links.shown(f"{other}.{signature}", "k", "d") is None
    for cut in (f"{payload}.", payload, f".{signature}", f"{payload}.{signature[:-2]}"):
        assert links.shown(cut, "k", "d") is None


def test_another_process_knows_no_link_of_this_one(links: Links) -> None:
    token = links.token(made(links))
    assert Links().shown(token, "k", "d") is None


def test_who_is_connected_is_counted_and_sent_away_once_a_link_is_taken_back(
    links: Links,
) -> None:
    link, other = made(links), made(links)
    token, ended = links.token(link), list[tuple[int, str]]()

    def first(why: str) -> None:
        ended.append((1, why))

    def second(why: str) -> None:
        ended.append((2, why))

    assert links.enter(link, first)
    assert links.enter(link, second)
    assert links.enter(other, lambda why: ended.append((3, why)))
    links.leave(link, second)
    assert (links.open(link), links.open(other)) == (1, 1)
    assert links.revoke(link.id)
    assert ended == [(1, module.TAKEN_BACK)]
    assert links.shown(token, "k", "d") is None
    assert not links.enter(link, first)
    assert not links.revoke(link.id)
    assert links.all() == [other]
    links.leave(link, first)


def test_a_link_is_not_used_by_too_many(links: Links, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 1)
    link = made(links)

    def end(why: str) -> None:
        """Nothing."""

    assert not links.full(link)
    links.enter(link, end)
    assert links.full(link)
    assert not links.full(made(links))
    links.leave(link, end)
    assert not links.full(link)


def test_the_links_of_a_document_and_of_a_kernel_end_with_it(links: Links) -> None:
    one = links.make("k", "one", "edit", seconds=60)
    two = links.make("k", "two", "edit", seconds=60)
    three = links.make("other", "one", "edit", seconds=60)
    ended: list[str] = []
    for link in (one, two):
        links.enter(link, ended.append)
    links.revoke_document("k", "one")
    assert not links.good(one)
    assert links.all() == [two, three]
    links.expire({"other"})
    assert links.all() == [three]
    assert ended == [module.LOST] * 2


def test_there_are_not_too_many(
    links: Links, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LINKS", 2)
    made(links)
    made(links)
    with pytest.raises(TooManyLinks):
        made(links)
    clock.now += 60
    made(links)


def test_what_is_mounted_in_a_mounted_document_belongs_to_it() -> None:
    def document(id: str, *mounts: str) -> Overview:
        return Overview(id, "", 0, [], list(mounts))

    documents = [document("a", "b", "gone"), document("b", "c", "a"), document("c"), document("d")]
    assert mounted_in("a", documents) == ("b", "c")
    assert mounted_in("d", documents) == ()
