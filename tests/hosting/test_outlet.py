from __future__ import annotations

import asyncio

from syncline.hosting.outlet import SLOW, Outlet


async def test_frames_come_out_in_order_and_then_the_end() -> None:
    outlet = Outlet()
    outlet.put("one")
    outlet.put(b"two")
    outlet.close(4404, "gone")
    outlet.put("never")
    assert [await outlet.next() for _ in range(3)] == ["one", b"two", None]
    assert (outlet.close_code, outlet.close_text) == (4404, "gone")


async def test_the_reader_waits_for_a_frame() -> None:
    outlet = Outlet()
    reader = asyncio.create_task(outlet.next())
    await asyncio.sleep(0)
    assert not reader.done()
    outlet.put("late")
    assert await reader == "late"


async def test_a_reader_that_is_too_far_behind_is_ended() -> None:
    outlet = Outlet(most_frames=3)
    for number in range(4):
        outlet.put(str(number))
    assert outlet.close_code == SLOW
    assert await outlet.next() is None


async def test_bytes_count_but_one_frame_always_has_room() -> None:
    outlet = Outlet(most_bytes=10)
    outlet.put(b"x" * 100)
    assert outlet.close_code is None
    assert await outlet.next() == b"x" * 100
    outlet.put(b"x" * 9)
    outlet.put(b"x")
    assert outlet.close_code is None
    outlet.put(b"x")
    assert outlet.close_code == SLOW


async def test_the_first_reason_of_an_end_stays() -> None:
    outlet = Outlet()
    outlet.close(4408, "slow")
    outlet.close(1000)
    assert outlet.close_code == 4408
