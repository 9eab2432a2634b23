"""What a Jupyter server drops on the way to a page, the page has a moment later all the same."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.jupyter.comm_page import CommSocket, comm_socket
from tests.jupyter.kernel import LiveKernel, live_kernel
from tests.jupyter.serving import JupyterProcess, jupyter

SOON = 3.0
"""Seconds: a kernel asks once a second whether what it has published was seen."""
MANY = """
from comm import create_comm
other = create_comm(target_name="nobody's")
for number in range(4000): other.send({"number": number})
slider.value = 7
published()
"""
FLOOD = """
end = time.monotonic() + 3
while time.monotonic() < end:
    print("x" * 20_000, flush=True)
    # No more than ZeroMQ holds: what it drops may be the end of the cell.
    time.sleep(0.005)
slider.value = 8
published()
"""
BEHIND_A_STOPPED_SERVER = """
from pathlib import Path
from comm import create_comm
other = create_comm(target_name="nobody's")
Path({stop!r}).touch()
while not Path({stopped!r}).exists(): time.sleep(0.01)
for number in range(20_000): other.send({{"number": number, "text": "x" * 1000}})
slider.value = 9
published()
Path({done!r}).touch()
"""
PUBLISHED = """
import time
from syncline.kernel.runtime import runtime
def published():
    # What a page lacks is lost on the way, not about to be sent.
    hub = runtime(get_ipython().kernel).comms._hubs[sl.curdoc().id]
    while hub._channel.cursor < hub.session.rev: time.sleep(0.005)
    time.sleep(0.2)
"""


# A tenth of what a server allows: also a slow machine goes over it.
LIMITS = [
    "--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=100",
    "--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=100000",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    root = tmp_path_factory.mktemp("losses") / "root"
    root.mkdir()
    with jupyter(root, *LIMITS) as running:
        yield running


@pytest.fixture
async def kernel(server: JupyterProcess) -> AsyncIterator[LiveKernel]:
    kernel = await live_kernel(server)
    await kernel.run(PUBLISHED)
    yield kernel
    kernel.end()


async def slider_of(kernel: LiveKernel) -> str:
    return (await kernel.run("slider.id")).strip("'")


async def lost_and_found(page: CommSocket, slider: str, code: str, value: float) -> float:
    """Run a cell whose last change gets lost; return how soon after it the page has it."""
    cell = page.run(code)
    await page.until(lambda: cell in page.idle)
    assert page.value(slider, "value") != value, "nothing was lost"
    return await page.until(lambda: page.value(slider, "value") == value)


@pytest.mark.parametrize(("code", "value"), [(MANY, 7), (FLOOD, 8)])
async def test_the_last_change_of_a_burst_over_the_rate_limit_arrives(
    kernel: LiveKernel, code: str, value: float
) -> None:
    slider = await slider_of(kernel)
    async with comm_socket(kernel) as page:
        assert await lost_and_found(page, slider, code, value) < SOON
    assert "rate exceeded" in kernel.server.log.read_text()


async def test_a_page_is_current_after_a_reader_at_its_high_water_mark(
    kernel: LiveKernel, tmp_path: Path
) -> None:
    slider = await slider_of(kernel)
    stop, stopped, done = (tmp_path / name for name in ("stop", "stopped", "done"))
    code = BEHIND_A_STOPPED_SERVER.format(stop=str(stop), stopped=str(stopped), done=str(done))
    async with comm_socket(kernel) as page:
        page.run(code)
        await page.until(stop.exists)
        process = kernel.server.process
        process.send_signal(signal.SIGSTOP)
        try:
            stopped.touch()
            await page.until(done.exists)
        finally:
            process.send_signal(signal.SIGCONT)
        # The limit of the rate falls three seconds after the flood; until then all is dropped.
        assert await page.until(lambda: page.value(slider, "value") == 9) < 4 * SOON
