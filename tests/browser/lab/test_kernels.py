"""What becomes of a kernel: each view is live and current, or frozen, dated and says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab.lab import CARRIERS, LIVE, Carrier, Lab, Notebook, Output, running_lab, use

pytestmark = pytest.mark.browser
DIED = "The kernel has died: restart it and run the cell again."
GONE = "The kernel does not have this document any more: run the cell again."


def live_in_two_tabs(page: Page, lab: Lab, name: str) -> tuple[Notebook, Output, Output]:
    """Show a document in two tabs, both at 4."""
    lab.write(name, [LIVE, "import time\nwhile True: time.sleep(0.01)"])
    notebook = lab.open(page, name)
    notebook.run(0)
    first = notebook.output().wait()
    second = lab.tab(notebook, name).output().wait()
    first.press()
    first.expect(4)
    second.expect(4)
    return notebook, first, second


def shown_again(notebook: Notebook) -> Output:
    """Run the cell again: it begins anew; what is then done is saved."""
    notebook.wait_for_kernel()
    notebook.run(0)
    output = notebook.output().wait()
    output.expect(3)
    output.press()
    output.expect(4)
    notebook.save()
    return output


def agree(first: Output, second: Output) -> None:
    """Expect both to be live at 4, and what is done in the second also in the first."""
    for output in (first, second):
        output.wait().expect(4)
    second.press()
    for output in (first, second):
        output.expect(5)


def shown_again_in_both(notebook: Notebook, other: Page) -> None:
    """Run the cell again, and have the page of the other tab read what was saved."""
    first = shown_again(notebook)
    tab = Notebook(other)
    tab.read_file()
    agree(first, tab.output())


def say_ok(page: Page) -> None:
    """Answer JupyterLab's notice that a kernel has died."""
    page.get_by_role("button", name="Ok", exact=True).click()


@CARRIERS
def test_a_restart_freezes_every_view_until_its_cell_runs_again(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    notebook, first, second = live_in_two_tabs(page, lab, "restart.ipynb")
    notebook.restart()
    first.expect_frozen(4, GONE)
    second.expect_frozen(4, GONE)
    shown_again_in_both(notebook, second.page)


@CARRIERS
def test_a_kernel_that_is_killed_is_missed_and_its_successor_says_what_to_do(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    notebook, first, second = live_in_two_tabs(page, lab, "killed.ipynb")
    notebook.kill_kernel()
    first.expect_frozen(4, GONE)
    second.expect_frozen(4, GONE)
    for each in (page, second.page):
        say_ok(each)
    shown_again_in_both(notebook, second.page)


def test_a_kernel_that_is_not_started_again_is_said_to_have_died(
    page: Page, tmp_path: Path
) -> None:
    with running_lab(tmp_path, "--KernelRestarter.restart_limit=0") as lab:
        notebook, first, second = live_in_two_tabs(page, lab, "died.ipynb")
        notebook.kill_kernel()
        for output in (first, second):
            output.expect_frozen(4, DIED)


@CARRIERS
def test_an_interrupt_leaves_the_view_live_with_what_was_done_meanwhile(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    notebook, first, second = live_in_two_tabs(page, lab, "interrupt.ipynb")
    notebook.begin(1)
    first.press()
    second.wait()
    expect(second.slider).to_have_js_property("value", 5)
    notebook.of_session("context.session.kernel.interrupt()")
    for output in (first, second):
        output.wait().expect(5)
    second.press()
    first.expect(6)


@CARRIERS
def test_another_kernel_ends_the_first_one_and_freezes_its_views_in_every_tab(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    notebook, first, second = live_in_two_tabs(page, lab, "changed.ipynb")
    notebook.of_session("context.changeKernel({ name: 'python3' })")
    first.expect_frozen(4, GONE)
    # The other tab hears of it when it asks for what is running.
    second.expect_frozen(4, GONE)
    shown_again_in_both(notebook, second.page)


def test_without_a_kernel_the_view_is_frozen_and_says_so(page: Page, lab: Lab) -> None:
    notebook, first, second = live_in_two_tabs(page, lab, "shut.ipynb")
    notebook.of_session("context.shutdown()")
    first.expect_frozen(4, "No kernel is connected.")
    second.expect_frozen(4, "No kernel is connected.")
    notebook.of_session("context.startKernel()")
    notebook.of_session("context.changeKernel({ name: 'python3' })")
    first.expect_frozen(4, GONE)
    first = shown_again(notebook)
    agree(first, lab.open(second.page, "shut.ipynb").output())


@CARRIERS
def test_two_kernels_on_one_page_do_not_know_of_each_other(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    for name in ("one.ipynb", "two.ipynb"):
        lab.write(name, [LIVE])
    one = lab.open(page, "one.ipynb")
    one.run(0)
    first = one.output().wait()
    two = lab.beside(one, "two.ipynb")
    two.run(0)
    second = two.output().wait()
    two.save()
    one.focus()
    other = lab.tab(one, "one.ipynb")
    firsts = (first, other.output().wait())
    seconds = (second, lab.beside(other, "two.ipynb").output().wait())
    second.press()
    for output in seconds:
        output.expect(4)
    for output in firsts:
        output.expect(3)
    two.focus()
    two.restart()
    for output in seconds:
        output.expect_frozen(4, GONE)
    first.wait().press("ArrowLeft")
    for output in firsts:
        output.wait().expect(2)


@CARRIERS
def test_two_notebooks_on_one_kernel_are_live_and_the_one_that_stays_goes_on(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    lab.write("one.ipynb", [LIVE])
    lab.write("two.ipynb", ["sl.Column(children=[slider, told])", "slider.value = 9"])
    one = lab.open(page, "one.ipynb")
    one.run(0)
    first = one.output().wait()
    kernel = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.model"
    )
    two = lab.beside(one, "two.ipynb")
    two.of_session("context.changeKernel(argument)", kernel)
    two.wait_for_kernel()
    two.run(0)
    second = two.output().wait()
    assert second.carrier() == carrier
    one.focus()
    tab = lab.tab(one, "one.ipynb").output().wait()
    two.focus()
    second.press()
    for output in (first, tab):
        output.expect(4)
    tab.press()
    second.expect(5)
    one.focus()
    first.expect(5)
    one.save()
    one.command("application:close")
    two.focus()
    second.wait().press()
    for output in (second, tab):
        output.expect(6)
    two.run(1)
    for output in (second, tab):
        output.expect(9)
