from __future__ import annotations

import pytest

from syncline.hosting.store import Seal, Tampered

SEAL = Seal("secret")


def test_what_was_sealed_is_opened_under_the_same_key() -> None:
    assert bytes(SEAL.open("k", SEAL.close("k", b"data"))) == b"data"
    assert bytes(Seal(b"secret").open("k", SEAL.close("k", b""))) == b""


@pytest.mark.parametrize("at", range(0, 41, 5))
def test_a_changed_byte_is_noticed(at: int) -> None:
    sealed = bytearray(SEAL.close("k", b"data"))
    sealed[at - 1] ^= 1
    with pytest.raises(Tampered):
        SEAL.open("k", bytes(sealed))


def test_an_entry_moved_to_another_key_is_noticed() -> None:
    with pytest.raises(Tampered):
        SEAL.open("other", SEAL.close("k", b"data"))
    with pytest.raises(Tampered):
        SEAL.open("ka", SEAL.close("k", b"adata"))


def test_an_entry_of_another_server_is_refused() -> None:
    with pytest.raises(Tampered):
        SEAL.open("k", Seal("another").close("k", b"data"))


@pytest.mark.parametrize("data", [b"", b"SLK\x01", b"\x80\x04pickle"])
def test_what_was_never_sealed_is_refused(data: bytes) -> None:
    with pytest.raises(Tampered):
        SEAL.open("k", data)
