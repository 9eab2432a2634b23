"""Documents in consoles, behind busy kernels, and where only the file is left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab.lab import CARRIERS, LIVE, OUTPUT, Carrier, Lab, Output, use

pytestmark = pytest.mark.browser


@CARRIERS
def test_a_console_on_the_notebooks_kernel_shows_the_same_document_live(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    lab.write("console.ipynb", [LIVE])
    notebook = lab.open(page, "console.ipynb")
    notebook.run(0)
    first = notebook.output().wait()
    page.evaluate(
        """async path => {
            const { commands } = window.jupyterapp;
            const panel = await commands.execute('console:create',
                { path, preferredLanguage: 'python', insertMode: 'split-bottom',
                  kernelPreference: { id: window.jupyterapp.shell.currentWidget
                    .sessionContext.session.kernel.id } });
            await panel.sessionContext.ready;
            await panel.console.inject('sl.Column(children=[slider, told])'); }""",
        "console",
    )
    view = Output(page, page.locator(f".jp-CodeConsole {OUTPUT}")).wait()
    assert view.carrier() == carrier
    notebook.focus()
    second = lab.tab(notebook, "console.ipynb").output().wait()
    view.press()
    for output in (first, second):
        output.expect(4)
    second.press()
    for output in (first, view):
        output.expect(5)
    first.press()
    for output in (view, second):
        output.expect(6)


def test_a_kernel_without_subshells_that_runs_a_cell_is_said_to_be_busy(
    page: Page, lab: Lab
) -> None:
    use(page, "comm")
    lab.write("busy.ipynb", [LIVE, "import time\nwhile not done: time.sleep(0.01)", "done = False"])
    notebook = lab.open(page, "busy.ipynb")
    # As an older kernel: everything goes to the main shell.
    page.evaluate(
        """() => { const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            Object.defineProperty(kernel, 'supportsSubshells', { get: () => false });
            const send = kernel.sendControlMessage.bind(kernel);
            kernel.sendControlMessage = (message, ...rest) => {
                if (/subshell/.test(message.header.msg_type)) throw new Error('no subshells');
                return send(message, ...rest); }; }"""
    )
    notebook.run(2)
    notebook.run(0)
    output = notebook.output().wait()
    notebook.begin(1)
    output.press()
    output.wait("busy")
    output.wait_note(re.compile(r"The kernel is busy\..*1 change waits for it\."))
    notebook.of_session("context.session.kernel.interrupt()")
    output.wait().expect(4)


def test_a_notebook_whose_kernel_is_gone_shows_its_saved_output_and_when_that_was(
    page: Page, lab: Lab
) -> None:
    lab.write("saved.ipynb", [LIVE])
    notebook = lab.open(page, "saved.ipynb")
    notebook.run(0)
    notebook.output().wait().expect(3)
    notebook.save()
    notebook.of_session("context.shutdown()")
    output = lab.open(page, "saved.ipynb").output().wait("saved")
    output.wait_note(
        re.compile(r"run the cell again\. This is the output as it was saved at \d\d:\d\d\.")
    )
    expect(output.node.locator(".syncline-saved")).to_be_visible()
