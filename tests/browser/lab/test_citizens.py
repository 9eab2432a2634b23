"""What JupyterLab offers for documents: panels, menus, lists, the launcher, the palette."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.driver import PATIENCE, SLIDER
from tests.browser.lab.lab import LIVE, OUTPUT, Lab, Notebook, Output, running_lab

pytestmark = pytest.mark.browser

TITLED = f"import syncline as sl\nsl.curdoc().title = 'Numbers'\n{LIVE}"
APP = """\
import syncline as sl
sl.curdoc().add_root(sl.Slider(label="in an app", min=0, max=10, value=3))"""
FORM = """\
import syncline as sl
sl.Column(children=[
    sl.Markdown(text="Rain of a day"),
    sl.TextInput(label="place", value="Bern"),
    sl.Slider(label="number", value=3),
    sl.LinePlot(x=[1, 2, 3], y=[[1, 3, 2]], labels=["rain"], height=120)])"""
BRIGHT = """([node, name, bright]) => {
    const brush = document.createElement('canvas').getContext('2d');
    brush.fillStyle = getComputedStyle(node)[name];
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return a > 0 && (r + g + b > 384) === bright; }"""
PANEL = ".syncline-panel"
PAGE = f"{PANEL} [data-command='syncline:open-page']"
COMMANDS = "open-panel open-page copy-link-view copy-link-edit close-document new-notebook".split()
BUTTON = "[data-jp-item-name='syncline-open-panel']"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running JupyterLab whose documents may be shared by links."""
    folder = tmp_path_factory.mktemp("citizens")
    with running_lab(folder, "--Syncline.share_links=True") as running:
        yield running


def shown(page: Page, lab: Lab, name: str) -> Notebook:
    """Open a notebook with a live document, called Numbers."""
    lab.write(name, [TITLED, "sl.curdoc().title = 'Renamed'"])
    notebook = lab.open(page, name)
    expect(page.locator(BUTTON)).to_be_hidden()
    notebook.run(0)
    notebook.output().wait()
    return notebook


def panel_of(page: Page) -> Output:
    """Return the live document of the only panel."""
    return Output(page, page.locator(f"{PANEL} > {OUTPUT}")).wait()


def menu_of(page: Page, node: Locator) -> Locator:
    """Open the context menu of a node."""
    node.click(button="right", position={"x": 4, "y": 4})
    menu = page.locator(".lm-Menu")
    expect(menu).to_be_visible()
    return menu


def entry(menu: Locator, text: str) -> Locator:
    """Return an entry of a menu."""
    return menu.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{text}$"))


def press(line: Locator, name: str) -> None:
    """Press the button of a line in a list, which is there while the pointer is."""
    line.hover()
    line.locator(f"[title='{name}']").click()


def wait_shade(node: Locator, name: str, bright: bool) -> None:
    """Wait until a colour of an element is a bright or a dark one."""
    node.page.wait_for_function(BRIGHT, arg=[node.element_handle(), name, bright], timeout=15_000)


def layout_saved(request: Request) -> bool:
    """Say whether a request saves a layout with one of our panels."""
    return "/api/workspaces/" in request.url and '"syncline:' in (request.post_data or "")


def running(page: Page) -> Locator:
    """Show the Running panel; return our section's lines."""
    page.evaluate("() => window.jupyterapp.shell.activateById('jp-running-sessions')")
    return page.locator(".jp-RunningSessions .syncline-listed")


def test_a_document_is_in_a_panel_beside_its_notebook_also_after_a_reload(
    page: Page, lab: Lab
) -> None:
    notebook = shown(page, lab, "panel.ipynb")
    with page.expect_response(lambda response: layout_saved(response.request)):
        page.locator(BUTTON).click()
    view = panel_of(page)
    tab = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab.lm-mod-current", has_text="Numbers")
    expect(tab).to_be_visible()
    view.press()
    notebook.output().expect(4)
    notebook.focus()
    notebook.run(1)
    expect(page.get_by_role("tab", name="Renamed")).to_be_visible()
    notebook.save()
    page.goto(re.sub(r"\?.*", "", page.url))
    panel_of(page).expect(4)


def test_the_menu_of_an_output_shares_its_document_and_the_running_panel_ends_what_it_lists(
    page: Page, lab: Lab
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    output = shown(page, lab, "menu.ipynb").output()
    with page.context.expect_page() as opened:
        entry(menu_of(page, output.node), "Open Document as a Page").click()
    expect(opened.value.get_by_text("Python has 3", exact=True)).to_be_visible(timeout=30_000)
    # The clipboard is for a page that has the focus.
    page.bring_to_front()
    entry(menu_of(page, output.node), "Copy Link to View Document").click()
    told = page.get_by_text("Whoever has it can view the document until")
    expect(told).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    opened.value.goto(link)
    expect(opened.value.get_by_text("Python has 3", exact=True)).to_be_visible(timeout=30_000)
    documents = running(page)
    links = page.locator(".jp-RunningSessions .syncline-listed-link")
    expect(documents).to_contain_text("menu.ipynb")
    expect(links).to_contain_text("Link to view")
    press(links, "Revoke")
    expect(links).to_have_count(0)
    expect(opened.value.locator("[data-syncline-status=live]")).to_have_count(0)
    documents.get_by_text("Numbers").click()
    panel_of(page)
    press(documents, "Close")
    page.locator(".jp-Dialog").get_by_role("button", name="Close", exact=True).click()
    output.wait("frozen")
    expect(documents).to_have_count(0)


def test_a_panel_says_that_its_document_is_gone_and_shows_what_its_cell_displays_next(
    page: Page, lab: Lab
) -> None:
    notebook = shown(page, lab, "next.ipynb")
    page.locator(BUTTON).click()
    view = panel_of(page)
    expect(page.locator(PAGE)).to_be_visible()
    view.press()
    view.expect(4)
    close = page.get_by_role("button", name="Close Panel")
    expect(close).to_have_count(0)
    notebook.focus()
    notebook.restart()
    view.wait("frozen")
    view.wait_note("This document is gone. Run its cell again, and this panel shows the new one.")
    expect(close).to_be_visible()
    notebook.run(0)
    view.wait().expect(3)
    expect(close).to_have_count(0)
    with page.context.expect_page() as opened:
        page.locator(PAGE).click()
    expect(opened.value.get_by_text("Python has 3", exact=True)).to_be_visible(timeout=30_000)
    view.press()
    notebook.output().expect(4)
    notebook.focus()
    notebook.restart()
    close.click()
    expect(page.locator(PANEL)).to_have_count(0)


def test_a_panel_shows_the_document_that_its_cell_makes_anew(page: Page, lab: Lab) -> None:
    anew = "shown = sl.Document()\nshown.add_root(sl.Column(children=[slider, told]))\nshown"
    lab.write("anew.ipynb", [LIVE.replace("sl.Column(children=[slider, told])", anew)])
    notebook = lab.open(page, "anew.ipynb")
    notebook.run(0)
    notebook.output().wait()
    page.locator(BUTTON).click()
    view = panel_of(page)
    view.press()
    view.expect(4)
    notebook.focus()
    notebook.run(0)
    notebook.output().wait().expect(3)
    view.expect(3)
    view.press()
    notebook.output().expect(4)


def test_the_link_of_an_apps_session_opens_it_in_another_browser(
    page: Page, lab: Lab, browser: Browser
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    (lab.folder / "app.py").write_text(APP)
    page.goto(f"{lab.base}/lab?token={lab.token}&reset")
    app = page.context.new_page()
    app.goto(f"{lab.base}/syncline/apps/app.py")
    expect(app.locator(SLIDER).first).to_have_js_property("value", 3, timeout=PATIENCE)
    app.get_by_role("slider").first.press("ArrowRight")
    page.bring_to_front()
    running(page)
    line = page.locator(".jp-RunningSessions .syncline-listed-session")
    detail = line.locator(".jp-RunningSessions-itemDetail")
    expect(detail).to_have_text("1 view")
    entry(menu_of(page, line), "Copy Link to Session").click()
    expect(page.get_by_text("all who may run code on this server")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{link}&token={lab.token}")
    expect(other.locator(SLIDER).first).to_have_js_property("value", 4, timeout=PATIENCE)
    expect(detail).to_have_text("2 views")
    press(line, "End Session")
    page.locator(".jp-Dialog").get_by_role("button", name="Close", exact=True).click()
    expect(line).to_have_count(0)
    for each in (app, other):
        expect(each.get_by_text("This session has ended.").first).to_be_visible()
    other.reload()
    expect(other.locator(SLIDER).first).to_have_js_property("value", 3, timeout=PATIENCE)
    assert "syncline-session" not in other.url
    context.close()


def test_views_are_light_or_dark_as_jupyterlab_is_in_outputs_and_panels(
    page: Page, lab: Lab
) -> None:
    lab.write("theme.ipynb", [FORM])
    notebook = lab.open(page, "theme.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    page.locator(BUTTON).click()
    panel = page.locator(f"{PANEL} > {OUTPUT}")
    canvas = output.node.locator("canvas").first
    expect(canvas).to_be_visible(timeout=PATIENCE)
    for theme, dark in (("Dark", True), ("Light", False)):
        drawn = canvas.evaluate("canvas => canvas.toDataURL()")
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            f"JupyterLab {theme}",
        )
        for node in (output.node, panel):
            field = node.locator("wa-input input")
            for ink in (node.get_by_text("Rain of a day"), node.get_by_text("place"), field):
                wait_shade(ink, "color", dark)
            wait_shade(node.locator("wa-input .text-field"), "backgroundColor", not dark)
        wait_shade(panel, "backgroundColor", not dark)
        page.wait_for_function(
            "([canvas, drawn]) => canvas.toDataURL() !== drawn",
            arg=[canvas.element_handle(), drawn],
        )


def test_in_notebook_7_a_document_is_in_a_panel_at_the_right(page: Page, lab: Lab) -> None:
    lab.write("seven.ipynb", [TITLED])
    notebook = lab.open(page, "seven.ipynb", "notebooks")
    notebook.run(0)
    notebook.output().wait()
    page.locator(BUTTON).click()
    panel_of(page).press()
    notebook.output().expect(4)
    expect(page.locator(PAGE)).to_be_visible()


def test_the_launcher_makes_a_notebook_whose_document_the_palette_has_commands_for(
    page: Page, lab: Lab
) -> None:
    page.goto(f"{lab.base}/lab?token={lab.token}&reset")
    page.locator(".jp-LauncherCard", has_text="Live Document").click(timeout=PATIENCE)
    notebook = Notebook(page)
    lab.opened.append(notebook)
    notebook.wait_for_kernel()
    notebook.run(1)
    notebook.output().wait()
    notebook.command("apputils:activate-command-palette")
    expect(page.locator(".lm-CommandPalette-input")).to_be_focused()
    page.keyboard.type("Syncline")
    for name in COMMANDS:
        item = page.locator(f".lm-CommandPalette-item[data-command='syncline:{name}']")
        expect(item).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("Document in a Panel")
    found = ".lm-CommandPalette-item.lm-mod-active[data-command='syncline:open-panel']"
    expect(page.locator(found)).to_be_visible()
    page.keyboard.press("Enter")
    panel_of(page)
