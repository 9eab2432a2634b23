"""A displayed document as a widget, for hosts without our labextension (SPEC 6.6)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from syncline.embed import NotBuilt, runtime
from syncline.kernel.hosts import WIDGET, needs_widget
from tests.kernel.conftest import SETUP
from tests.kernel.pages import MIME, CommPage, ShimPage

if TYPE_CHECKING:
    from tests.kernel.driver import Kernel

try:
    runtime.shim_loader()
except NotBuilt as error:
    pytest.skip(str(error), allow_module_level=True)

STATE = """
from ipywidgets import Widget
def state(id):
    return Widget.get_manager_state(drop_defaults=True)["state"][id]["state"]
"""
COLAB = """
import sys, types
for name in ("google", "google.colab", "google.colab.output"):
    sys.modules[name] = types.ModuleType(name)
enabled = []
sys.modules["google.colab.output"].enable_custom_widget_manager = lambda: enabled.append("it")
sys.modules["google.colab.output"]._widgets = types.SimpleNamespace(_installed_url="where-it-is")
"""


@pytest.fixture(scope="module")
def hosted(shared: Kernel) -> Kernel:
    """A kernel whose host is said to need widgets."""
    shared.run("sl.config.shim = 'always'")
    shared.run(STATE)
    return shared


def show(kernel: Kernel, code: str) -> tuple[str, str, str | None]:
    """Display something; return its widget, its document and its root."""
    bundle = kernel.shown(code)
    return bundle[WIDGET]["model_id"], bundle[MIME]["doc"], bundle[MIME]["mount"]


def cells(kernel: Kernel, *sources: str) -> Iterator[dict[str, Any]]:
    """Run cells of a front end; yield the MIME bundle of each one's last expression."""
    for number, source in enumerate(sources):
        messages = kernel.run(source, cell=f"cell-{number}")
        results = [each for each in messages if each["msg_type"] == "execute_result"]
        yield results[-1]["content"]["data"]


def test_a_page_inside_a_widget_is_live_both_ways(hosted: Kernel) -> None:
    widget, doc, mount = show(hosted, "knob = Knob(value=1); knob.observe(follow, 'value'); knob")
    assert mount is not None
    page = ShimPage(hosted, widget, doc)
    page.until_value(mount, "value", 1)
    page.set(mount, "value", 4)
    page.until_value(mount, "double", 8)
    hosted.run("knob.value = 6")
    page.until_value(mount, "double", 12)
    page.close()


def test_two_pages_of_one_widget_agree(hosted: Kernel) -> None:
    widget, doc, mount = show(hosted, "knob = Knob(); knob")
    assert mount is not None
    one, other = (ShimPage(hosted, widget, doc) for _ in range(2))
    one.set(mount, "value", 3)
    other.until_value(mount, "value", 3)
    one.close()
    other.set(mount, "value", 5)
    other.until(lambda: other.replica.waiting is None)
    assert hosted.value("knob.value") == "5.0"
    other.close()


def test_it_has_a_small_loader_and_gives_the_rest_to_who_asks(hosted: Kernel) -> None:
    widget, doc, _ = show(hosted, "knob = Knob(); knob")
    state = ast.literal_eval(hosted.value(f"state({widget!r})"))
    assert len(state["_esm"]) < 5000
    page = ShimPage(hosted, widget, doc)
    page.say({"code": "of another version"})
    page.say({"code": state["code"]})
    brought = page.until_heard("script")
    assert brought["code"] == state["code"]
    assert "syncline-root" in brought["styles"]
    page.close()


def test_where_no_kernel_is_it_has_the_values_of_when_it_was_saved(hosted: Kernel) -> None:
    widget, _, mount = show(hosted, "slider = sl.Slider(label='height', value=3, max=10); slider")
    hosted.run("slider.value = 7")
    state = ast.literal_eval(hosted.value(f"state({widget!r})"))
    assert "height" in state["saved"]
    assert "7" in state["saved"]
    assert state["mount"] == mount


def test_a_page_whose_comm_is_not_known_is_told_to_open_another(hosted: Kernel) -> None:
    widget, doc, _ = show(hosted, "knob = Knob(); knob")
    page = ShimPage(hosted, widget, doc)
    page.until_live()
    page.say({"comm": "of long ago", "data": {"v": 1}})
    told = page.until_heard("close")
    assert (told["comm"], told["close"]["code"]) == ("of long ago", 4408)
    page.close()


def test_what_is_displayed_again_is_the_same_widget(hosted: Kernel) -> None:
    first, *_ = show(hosted, "knob = Knob(); knob")
    assert show(hosted, "knob")[0] == first
    hosted.run("Widget.close_all()")
    again, doc, _ = show(hosted, "knob")
    assert again != first
    page = ShimPage(hosted, again, doc)
    page.until_live()
    page.close()


def test_a_cell_that_runs_again_has_another_widget_and_the_former_ends_with_its_pages(
    hosted: Kernel,
) -> None:
    hosted.run("knob = Knob(value=2)")
    first, second = cells(hosted, "(knob, knob)[0]", "knob")
    (again,) = cells(hosted, "knob")
    widgets = [bundle[WIDGET]["model_id"] for bundle in (first, second, again)]
    assert len(set(widgets)) == 3
    known = f"[id in get_ipython().kernel.comm_manager.comms for id in {widgets}]"
    page = ShimPage(hosted, widgets[1], second[MIME]["doc"])
    page.until_live()
    hosted.run("None", cell="cell-0")
    hosted.run("knob", cell="cell-1")
    assert hosted.value(known) == "[False, True, False]", "nobody shows the first cell's any more"
    page.close()
    hosted.run("None")
    assert hosted.value(known) == "[False, False, False]"


def test_the_widget_of_a_document_that_is_gone_is_closed(hosted: Kernel) -> None:
    hosted.run("from IPython.display import display\nimport gc")
    before = hosted.value("len(get_ipython().kernel.comm_manager.comms)")
    hosted.run("private = sl.Document(); private.add_root(Knob()); display(private)", cell="one")
    assert hosted.value("len(get_ipython().kernel.comm_manager.comms)") > before
    hosted.run("del private", cell="one")
    hosted.run("_ = gc.collect()")
    assert hosted.value("len(get_ipython().kernel.comm_manager.comms)") == before


def test_a_front_end_gets_widgets_until_a_page_needs_none(kernel: Kernel) -> None:
    kernel.run(SETUP)
    assert WIDGET not in kernel.shown("knob = Knob(); knob")
    (bundle,) = cells(kernel, "knob")
    assert WIDGET in bundle
    page = CommPage(kernel, bundle[MIME]["doc"])
    page.until_live()
    shown, forced, refused = cells(
        kernel,
        "knob",
        "sl.config.shim = 'always'; knob",
        "sl.config.shim = 'never'; knob",
    )
    assert WIDGET not in shown
    assert WIDGET in forced
    assert WIDGET not in refused
    page.close()


def test_colab_is_told_where_the_manager_of_such_widgets_is(kernel: Kernel) -> None:
    kernel.run(SETUP + COLAB)
    assert kernel.value("enabled") == "[]"
    (message,) = [
        each for each in kernel.run("knob = Knob(); knob") if each["msg_type"] == "execute_result"
    ]
    assert WIDGET in message["content"]["data"]
    told = message["content"]["metadata"][WIDGET]["colab"]["custom_widget_manager"]
    assert told == {"url": "where-it-is"}
    assert kernel.value("{*enabled}") == "{'it'}"


@pytest.mark.parametrize(
    ("environment", "needed"),
    [({}, False), ({"SERVER_SOFTWARE": "voila/0.5.13"}, True), ({"VSCODE_PID": "17"}, True)],
)
def test_a_host_is_known_by_what_it_gives_its_kernels(
    environment: dict[str, str], needed: bool
) -> None:
    assert needs_widget(environment) is needed


def test_a_setting_takes_only_its_choices(hosted: Kernel) -> None:
    assert hosted.value("sl.config.shim") == "'always'"
    with pytest.raises(AssertionError, match='expected "auto" or "always" or "never"'):
        hosted.run("sl.config.shim = 'often'")
