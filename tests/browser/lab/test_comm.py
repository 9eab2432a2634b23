"""A document over the comm in JupyterLab: beside running cells, with large and odd buffers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import PATIENCE
from tests.browser.lab.lab import EVERY, LIVE, OUTPUT, Carrier, Lab, Notebook, Output, use

pytestmark = pytest.mark.browser

BESIDE = f"""\
import time
from IPython.display import display
{LIVE.replace("sl.Column", "display(sl.Column")})
while slider.value != 4: time.sleep(0.01)
time.sleep(0.2)
print("the cell has ended")"""
HEARD = f"""\
{LIVE.replace("sl.Column", "shown = sl.Column")}
heard = sl.Markdown(text="Python has heard nothing")

def hear(event):
    if event.origin != "py": heard.text = "Python has heard"

slider.observe(hear, "value")
shown.children = [slider, told, heard]
shown"""
EDITS = """\
import itertools, pathlib, time
for number in itertools.count():
    slider.value = 3 + number % 8
    told.text = f"cell {number}"
    time.sleep(0.01)
    if pathlib.Path("end").exists(): break
slider.value = 2"""
MIB = 1 << 20
UPLOAD = f"""\
import syncline as sl

class Upload(sl.Model):
    _esm = '''
      export default {{
        render({{ model, el }}) {{
          const all = Uint8Array.from({{ length: {12 * MIB} }}, (_, i) => i % 251);
          const cuts = {{ whole: [0, {11 * MIB}], part: [251 * 8 + 3, 251 * 8 + 8] }};
          for (const [name, [begin, end]] of Object.entries(cuts)) {{
            const button = document.createElement('button');
            button.textContent = name;
            button.onclick = () => {{
              model.set('data', all.subarray(begin, end));
              model.save_changes();
            }};
            el.append(button);
          }}
        }},
      }};
    '''
    data: bytes = sl.prop(default=b"", client=True)

upload, told = Upload(), sl.Markdown(text="nothing yet")
pattern = bytes(range(251)) * {12 * MIB // 251 + 1}

def compare(event):
    found = pattern.find(event.new, 0, len(event.new) + 8)
    told.text = f"Python has {{len(event.new)}} bytes, the pattern at {{found}}"

upload.observe(compare, "data")
sl.Column(children=[upload, told])"""


def shown(page: Page, lab: Lab, *cells: str, carrier: Carrier = "comm") -> tuple[Notebook, Output]:
    """Open a notebook whose documents go over the comm, or another way."""
    use(page, carrier)
    lab.write("comm.ipynb", cells)
    notebook = lab.open(page, "comm.ipynb")
    return notebook, notebook.output()


def test_a_view_opens_and_works_beside_the_cell_that_displayed_it(page: Page, lab: Lab) -> None:
    notebook, output = shown(page, lab, BESIDE)
    notebook.begin(0)
    output.wait()
    assert output.carrier() == "comm"
    # Only a change that gets to the kernel beside the cell lets it end.
    output.press()
    expect(page.get_by_text("the cell has ended", exact=True)).to_be_visible()
    output.expect(4)


def test_a_reload_beside_a_running_cell_is_live(page: Page, lab: Lab) -> None:
    until = "import time\nwhile slider.value < 5: time.sleep(0.01)\nprint('the cell has ended')"
    notebook, output = shown(page, lab, LIVE, until)
    notebook.run(0)
    output.wait().press()
    output.expect(4)
    notebook.save()
    notebook.begin(1)
    page.reload()
    output = Output(page, page.locator(OUTPUT).first)
    output.wait()
    assert output.carrier() == "comm"
    expect(output.slider).to_have_js_property("value", 4)
    # What JupyterLab restores takes the focus.
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=PATIENCE)
    page.evaluate("async () => { await window.jupyterapp.restored; }")
    output.press()
    notebook.wait_for_kernel()
    output.expect(5)


@pytest.mark.parametrize("carrier", ["attach", "comm"] if EVERY else ["comm"])
def test_a_slider_that_a_cell_sets_while_it_is_dragged_is_heard_beside_it_and_ends_the_same_for_all(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    notebook, output = shown(page, lab, HEARD, EDITS, carrier=carrier)
    end = lab.folder / "end"
    notebook.run(0)
    output.wait()
    assert output.carrier() == carrier
    box = output.node.get_by_role("slider").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    notebook.begin(1)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x + 3 * step, y)
        # The pace of a hand.
        page.wait_for_timeout(16)
    # The cell goes on until it is told to end.
    try:
        heard = output.node.get_by_text("Python has heard", exact=True)
        expect(heard).to_be_visible()
        assert notebook.is_running(1)
        page.mouse.up()
    finally:
        end.touch()
    notebook.wait_for_kernel()
    end.unlink()
    value = float(notebook.value_of("slider.value"))
    output.expect(value)
    output.press("Home")
    output.expect(0)
    assert notebook.value_of("slider.value") == "0.0"


def test_a_large_upload_and_a_part_of_an_array_arrive_as_they_are(page: Page, lab: Lab) -> None:
    notebook, output = shown(page, lab, UPLOAD)
    notebook.run(0)
    output.wait()
    for name, length, begin in [("whole", 11 * MIB, 0), ("part", 5, 3)]:
        output.node.get_by_role("button", name=name).click()
        text = f"Python has {length} bytes, the pattern at {begin}"
        expect(output.node.get_by_text(text, exact=True)).to_be_visible(timeout=30_000)
