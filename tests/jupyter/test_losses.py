"""What a Jupyter server drops on the way to a page, the page has a moment later all the same."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.jupyter.comm_page import CommSocket, comm_socket
from tests.jupyter.kernel import LiveKernel, live_kernel
from tests.jupyter.serving import JupyterProcess, jupyter

SOON = 15.0
"""Seconds: a kernel asks after one whether what it has published was seen, a page after forty."""
MANY = """
from comm import create_comm
other = create_comm(target_name="nobody's")
for number in range(4000): other.send({"number": number})
slider.value = 7
published()
"""
FLOOD = """
# In three seconds the server lets 300 kB through, and ZeroMQ holds a thousand messages.
for number in range(250):
    print("x" * 20_000, flush=True)
    time.sleep(0.002)
slider.value = 8
published()
"""
SENT = 20_000
BEHIND_A_STOPPED_SERVER = """
from pathlib import Path
from comm import create_comm
other = create_comm(target_name="nobody's")
other.send({{"number": -1}})
Path({stop!r}).touch()
while not Path({stopped!r}).exists(): time.sleep(0.01)
for number in range({sent}): other.send({{"number": number, "text": "x" * 1000}})
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
NO_LIMITS = [
    "--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=0",
    "--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=0",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    root = tmp_path_factory.mktemp("losses") / "root"
    root.mkdir()
    with jupyter(root, *LIMITS) as running:
        yield running


@pytest.fixture
async def unlimited(tmp_path: Path) -> AsyncIterator[LiveKernel]:
    """A kernel of a server that drops nothing by itself."""
    root = tmp_path / "root"
    root.mkdir()
    with jupyter(root, *NO_LIMITS) as server:
        kernel = await live_kernel(server)
        await kernel.run(PUBLISHED)
        yield kernel
        kernel.end()


@pytest.fixture
async def kernel(server: JupyterProcess) -> AsyncIterator[LiveKernel]:
    kernel = await live_kernel(server)
    await kernel.run(PUBLISHED)
    yield kernel
    kernel.end()


async def slider_of(kernel: LiveKernel) -> str:
    return (await kernel.run("slider.id")).strip("'")


async def lost_and_found(page: CommSocket, slider: str, code: str, value: float) -> None:
    """Run a cell whose last change gets lost; wait until the page has it."""
    cell = page.run(code)
    await page.until(lambda: cell in page.idle)
    assert page.value(slider, "value") != value, "nothing was lost"
    await page.until(lambda: page.value(slider, "value") == value, SOON)


@pytest.mark.parametrize(("code", "value"), [(MANY, 7), (FLOOD, 8)])
async def test_the_last_change_of_a_burst_over_the_rate_limit_arrives(
    kernel: LiveKernel, code: str, value: float
) -> None:
    slider = await slider_of(kernel)
    async with comm_socket(kernel) as page:
        await lost_and_found(page, slider, code, value)
    assert "rate exceeded" in kernel.server.log.read_text()


async def test_a_page_is_current_after_a_reader_at_its_high_water_mark(
    unlimited: LiveKernel, tmp_path: Path
) -> None:
    slider = await slider_of(unlimited)
    stop, stopped, done = (tmp_path / name for name in ("stop", "stopped", "done"))
    paths = {"stop": str(stop), "stopped": str(stopped), "done": str(done)}
    code = BEHIND_A_STOPPED_SERVER.format(sent=SENT, **paths)
    async with comm_socket(unlimited) as page:
        page.run(code)
        await page.until(lambda: stop.exists() and bool(page.others))
        process = unlimited.server.process
        process.send_signal(signal.SIGSTOP)
        try:
            stopped.touch()
            await page.until(done.exists)
        finally:
            process.send_signal(signal.SIGCONT)
        assert page.value(slider, "value") != 9
        await page.until(lambda: page.value(slider, "value") == 9, SOON)
    # The last ones were lost, and the change came right behind them.
    came = [data["number"] for data in page.others]
    assert 0 < len(came) < SENT
    assert came[-1] < SENT - 1
    assert "rate exceeded" not in unlimited.server.log.read_text()
