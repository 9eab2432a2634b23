"""The generated form components, and the table the view binds them by."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncline import Document, ui
from syncline.embed import export
from syncline.kernel import mimebundle
from syncline.model import Event, Model, PropertyError
from syncline.ui import Button, Checkbox, PasswordInput, Select, Slider, TextInput

ROOT = Path(__file__).parents[2]
EDITED: dict[type[Model], str] = {
    Slider: "value",
    TextInput: "value",
    PasswordInput: "value",
    Checkbox: "checked",
    Select: "value",
}


def writable(cls: type[Model]) -> set[str]:
    return {name for name, prop in cls._props.items() if prop.client}


@pytest.mark.parametrize(("cls", "name"), EDITED.items())
def test_a_client_may_write_what_the_user_edits_and_nothing_else(
    cls: type[Model], name: str
) -> None:
    assert writable(cls) == {name}


def test_a_button_is_not_written_but_clicked() -> None:
    assert writable(Button) == set()
    assert Button.events == ("click",)


def test_a_click_callback_can_be_ended() -> None:
    button = Button(label="Go")
    clicked: list[object] = []
    stop = button.on_click(clicked.append)
    for handler in button.handlers("click"):
        handler("one")  # type: ignore[arg-type]
    stop()
    assert clicked == ["one"]
    assert list(button.handlers("click")) == []


def test_a_slider_takes_integers_and_holds_numbers() -> None:
    slider = Slider(value=3)
    assert slider.value == 3.0
    assert (slider.min, slider.max, slider.step) == (0.0, 100.0, 1.0)


def test_a_slider_begins_at_its_minimum() -> None:
    assert Slider(min=10).value == 10.0
    assert Slider(min=-5, max=5).value == -5.0
    assert Slider().value == 0.0


def test_a_slider_keeps_the_value_it_is_given() -> None:
    assert Slider(min=10, value=0).value == 0.0


def test_a_slider_shows_its_value_unless_told_not_to() -> None:
    assert Slider().show_value
    assert not Slider(show_value=False).show_value


def test_a_word_that_an_element_does_not_know_is_refused() -> None:
    with pytest.raises(PropertyError, match="variant"):
        Button(variant="loud")  # type: ignore[arg-type]


def test_a_password_is_in_no_text_of_python_and_in_nothing_that_is_saved(tmp_path: Path) -> None:
    field = PasswordInput(label="Key", value="hunter2")
    assert field.value == "hunter2"
    assert "value" not in field.saved_values()
    events: list[Event] = []
    field.observe(events.append, "value")
    field.value = "hunter3"
    document = Document()
    document.add_root(field)
    shown = mimebundle(field)
    texts = [repr(field), repr(events), repr(document), *map(str, shown.values())]
    export(document, tmp_path / "copy.html")
    texts.append((tmp_path / "copy.html").read_text("utf-8"))
    with pytest.raises(PropertyError) as refused:
        field.value = ["hunter4"]  # type: ignore[assignment]
    assert not [text for text in [*texts, str(refused.value)] if "hunter" in text]


def test_pages_know_of_built_in_types_what_is_not_saved() -> None:
    source = (ROOT / "labextension/src/model/types.ts").read_text(encoding="utf-8")
    table = re.search(r"UNSAVED: .* = \{(.*)\};", source)
    assert table is not None
    known = dict(re.findall(r"'(ui/\w+@1)': \['(\w+)'\]", table[1]))
    made = [getattr(ui, name) for name in ui.__all__]
    props = [(cls.type_name, prop) for cls in made for prop in cls._props.values()]
    assert known == {type: prop.name for type, prop in props if not prop.saved}


def test_a_text_input_is_for_nothing_secret() -> None:
    with pytest.raises(PropertyError, match="type: expected"):
        TextInput(type="password")  # type: ignore[arg-type]


def test_every_property_says_what_it_is() -> None:
    classes: list[type[Model]] = [*EDITED, Button]
    for cls in classes:
        assert all(prop.__doc__ for prop in cls._props.values())


def test_the_committed_components_are_what_the_generator_writes() -> None:
    if not (ROOT / "node_modules" / "@awesome.me").exists():
        pytest.skip("the manifest comes with node_modules")
    command = [sys.executable, "scripts/generate_components.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
