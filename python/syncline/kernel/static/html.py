"""Models as html that GitHub and nbviewer let through: no code, styles, identifiers or times."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any

from .models import Find, StaticModel
from .picture import Plot, plot_of
from .text import cut, escaped, plain_text, telling, value_text

MAX_BYTES = 96 * 1024
MAX_MODELS = 400
MAX_PROSE = 4000
MAX_DEPTH = 12
NOTE = "Saved values: run the notebook with Syncline installed to see it live."
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def static_html(title: str | None, roots: Sequence[str], find: Find) -> str:
    """Return what models look like, of at most 96 kB; the title is that of a whole document."""
    page = _Page(find)
    head = f"<p><strong>{escaped(cut(title))}</strong></p>" if title else ""
    body = "".join(page.show(id, MAX_DEPTH) for id in roots)
    more = "<p>There is more, which is not shown here.</p>" if page.full else ""
    return f'<div class="syncline-static">{head}{body}{more}<p><em>{NOTE}</em></p></div>'


class _Page:
    """Html under way, and how much more of it there may be."""

    def __init__(self, find: Find) -> None:
        self.find = find
        self.full = False
        self._left = MAX_BYTES
        self._models = MAX_MODELS

    def show(self, id: str, depth: int) -> str:
        model = self.find(id)
        if model is None or self.full:
            return ""
        self._models -= 1
        if not depth or self._models < 0:
            self.full = True
            return ""
        if model.look in ("ui/Row@1", "ui/Column@1"):
            return self._layout(model, depth - 1)
        return self._fitting(_FORMS.get(model.look, _table)(model, self.find))

    def _layout(self, model: StaticModel, depth: int) -> str:
        ids = [child["id"] for child in listed(model, "children") if "id" in child]
        children = [self.show(id, depth) for id in ids]
        if model.look == "ui/Column@1":
            return f"<div>{''.join(children)}</div>"
        cells = "".join(f"<td>{child}</td>" for child in children)
        return f"<table><tbody><tr>{cells}</tr></tbody></table>"

    def _fitting(self, html: str) -> str:
        self._left -= len(html.encode())
        if self._left >= 0:
            return html
        self.full = True
        return ""


def listed(model: StaticModel, name: str) -> list[Any]:
    """Return the members of a property that are dicts or lists."""
    given = model.props.get(name)
    members = given if isinstance(given, list) else []
    return [item for item in members if isinstance(item, dict | list)]


def _text(model: StaticModel, name: str) -> str:
    given = model.props.get(name)
    return given if isinstance(given, str) else ""


def _table(model: StaticModel, find: Find) -> str:
    rows = "".join(
        f"<tr><th>{escaped(cut(name))}</th><td>{escaped(plain_text(raw, model, find))}</td></tr>"
        for name, raw in telling(model.props)
    )
    return f"<table><caption>{escaped(model.name)}</caption><tbody>{rows}</tbody></table>"


def _field(model: StaticModel, find: Find) -> str:
    label, value = _text(model, "label"), model.props.get("value")
    said = "" if value is None else plain_text(value, model, find)
    if model.look == "ui/Select@1":
        said = next((_label(pair) for pair in listed(model, "options") if _is(pair, value)), said)
    name = f"{escaped(cut(label))}: " if label else ""
    return f"<p>{name}<strong>{escaped(said)}</strong></p>"


def _is(pair: Any, value: Any) -> bool:
    return isinstance(pair, list) and len(pair) > 1 and pair[0] == value


def _label(pair: Any) -> str:
    return cut(pair[1]) if isinstance(pair[1], str) else ""


def _checkbox(model: StaticModel, _: Find) -> str:
    box = "☑" if model.props.get("checked") is True else "☐"
    return f"<p>{box} {escaped(cut(_text(model, 'label')))}</p>"


def _button(model: StaticModel, _: Find) -> str:
    return f"<p>[{escaped(cut(_text(model, 'label')))}]</p>"


def _markdown(model: StaticModel, _: Find) -> str:
    return _prose(_text(model, "text"))


def _prose(text: str) -> str:
    paragraphs = re.split(r"\n{2,}", cut(text, MAX_PROSE))
    html = (escaped(each).replace("\n", "<br>") for each in paragraphs if each)
    return "".join(f"<p>{each}</p>" for each in html)


def _output(model: StaticModel, find: Find) -> str:
    data = model.props.get("data")
    data = data if isinstance(data, dict) else {}
    for mime in _IMAGES:
        image = _joined(data.get(mime)).replace("\n", "")
        if image and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", image):
            return f'<img alt="Output image" src="data:{mime};base64,{image}">'
    text = next((text for mime in _TEXTS if (text := _joined(data.get(mime)))), "")
    if not text and data:
        text = value_text(data, model, find)
    return f"<pre>{escaped(cut(text, MAX_PROSE))}</pre>"


_TEXTS = (
    "text/markdown",
    "application/vnd.jupyter.stdout",
    "application/vnd.jupyter.stderr",
    "text/plain",
)


def _joined(value: Any) -> str:
    """Return a text; a notebook file keeps a long one as a list of lines."""
    if isinstance(value, list):
        return "".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else ""


def _plot(model: StaticModel, _: Find) -> str:
    plot = plot_of(model)
    source = base64.b64encode(plot.svg.encode()).decode() if plot.svg else ""
    image = (
        f'<p><img alt="{escaped(plot.summary)}" width="600" height="{plot.height}" '
        f'src="data:image/svg+xml;base64,{source}"></p>'
    )
    return (image if source else "") + _first_rows(plot)


def _first_rows(plot: Plot) -> str:
    head = "".join(f"<th>{escaped(cut(name))}</th>" for name in plot.names)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escaped(text)}</td>' for text in row)}</tr>" for row in plot.rows
    )
    caption = f"<caption>{escaped(plot.caption)}</caption>" if plot.caption else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _mount(_: StaticModel, __: Find) -> str:
    return "<p>Another document is shown here.</p>"


_FORMS: dict[str, Callable[[StaticModel, Find], str]] = {
    "ui/Slider@1": _field,
    "ui/Select@1": _field,
    "ui/PasswordInput@1": _field,
    "ui/TextInput@1": _field,
    "ui/Checkbox@1": _checkbox,
    "ui/Button@1": _button,
    "ui/Markdown@1": _markdown,
    "ui/Output@1": _output,
    "ui/LinePlot@1": _plot,
    "ui/Mount@1": _mount,
}
