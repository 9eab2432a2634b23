"""Write the component classes and the view's table from Web Awesome's custom-elements manifest.

The manifest gives types, defaults and texts; `components.toml` says which properties we offer and
what the manifest does not know. Both outputs come from one run, so Python and the page agree.
`--check` writes nothing and fails when a committed file is not current.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "node_modules" / "@awesome.me" / "webawesome"
TABLE = ROOT / "scripts" / "components.toml"
PYTHON = ROOT / "python" / "syncline" / "ui" / "components.py"
TYPESCRIPT = ROOT / "labextension" / "src" / "view" / "elements"

SIMPLE = {
    "string": "str",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "undefined": "None",
}


@dataclass(frozen=True)
class Property:
    """One offered property, as both outputs need it."""

    name: str
    js: str
    type: str
    default: object
    doc: str
    client: bool
    saved: bool = True


@dataclass(frozen=True)
class Component:
    """One element with its facts from the manifest and the table."""

    name: str
    tag: str
    summary: str
    facts: dict[str, Any]
    icons: bool
    properties: list[Property] = field(default_factory=list)


def snake(name: str) -> str:
    """Spell an element's camelCase property as Python does."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def python_type(text: str) -> str:
    """Translate the manifest's type text; raise when it is not plain data."""
    parts = [part.strip() for part in " ".join(text.split()).lstrip("| ").split("|")]
    literals = [part.replace("'", '"') for part in parts if part.startswith("'")]
    if literals:
        return f"Literal[{', '.join(literals)}]"
    return " | ".join(dict.fromkeys(SIMPLE[part] for part in parts))


def python_default(text: str | None, type_: str) -> object:
    """Translate the manifest's default; fall back to the type's empty value."""
    if text is None:
        return None if "None" in type_ else {"str": "", "float": 0.0, "bool": False}[type_]
    if text in {"true", "false"}:
        return text == "true"
    return text.strip("'") if text.startswith("'") else float(text)


def declaration(manifest: dict[str, Any], tag: str) -> dict[str, Any]:
    """Return what the manifest says about one element."""
    for module in manifest["modules"]:
        for entry in module["declarations"]:
            if entry.get("tagName") == tag:
                return dict(entry)
    raise SystemExit(f"{tag} is not in the manifest")


def needs(manifest: dict[str, Any], tag: str) -> set[str]:
    """Return the elements that one is made of, itself included."""
    found: set[str] = set()
    waiting = [tag]
    while waiting:
        found.add(one := waiting.pop())
        waiting += set(declaration(manifest, one).get("dependencies", [])) - found
    return found


def manifest_fields(manifest: dict[str, Any], tag: str) -> dict[str, dict[str, Any]]:
    """Return the public fields of one element by name."""
    members = declaration(manifest, tag)["members"]
    return {member["name"]: member for member in members if member["kind"] == "field"}


def build_property(name: str, js: str, facts: dict[str, Any], entry: dict[str, Any]) -> Property:
    """Join what the table and the manifest say about one property."""
    text = (entry.get("parsedType") or entry.get("type") or {}).get("text", "")
    type_ = facts.get("types", {}).get(name) or python_type(text)
    defaults = facts.get("defaults", {})
    if name in defaults:
        default = defaults[name]
    elif type_ == "Options":
        default = []
    else:
        default = python_default(entry.get("default"), type_)
    doc = facts.get("docs", {}).get(name) or " ".join(entry.get("description", "").split())
    client, saved = name in facts.get("sync", {}), name not in facts.get("unsaved", [])
    return Property(name, js, type_, default, doc, client, saved)


def build(name: str, facts: dict[str, Any], manifest: dict[str, Any]) -> Component:
    """Make one component from its table entry."""
    fields = manifest_fields(manifest, facts["tag"])
    component = Component(
        name, facts["tag"], facts["summary"], facts, "wa-icon" in needs(manifest, facts["tag"])
    )
    for ours, theirs in facts["properties"].items():
        js = ours if theirs is True else theirs
        component.properties.append(build_property(ours, js, facts, fields.get(js, {})))
    if reading := facts.get("reading"):
        doc = "Whether the current value is written beside the label."
        component.properties.append(Property(reading, "", "bool", True, doc, client=False))
    return component


def quoted(value: object) -> str:
    """Write a Python literal with double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def python_property(prop: Property) -> str:
    """Write one property of a class; the formatter breaks it up.

    The default is named, because type checkers take a property without `default=` for required.
    """
    if prop.type == "Options":
        arguments = ["factory=list", "check=option_pairs"]
    else:
        arguments = [f"default={quoted(prop.default)}", *(["client=True"] if prop.client else [])]
        arguments += [] if prop.saved else ["saved=False"]
    pieces = textwrap.wrap(prop.doc, 80, drop_whitespace=False)
    doc = quoted(prop.doc) if len(pieces) == 1 else f"({' '.join(map(quoted, pieces))})"
    return f"    {prop.name}: {prop.type} = prop({', '.join([*arguments, f'doc={doc}'])})"


def python_class(component: Component) -> list[str]:
    """Write one component class."""
    lines = [
        f'class {component.name}(Model, type="ui/{component.name}@1"):',
        f'    """{component.summary}"""',
        "",
    ]
    if names := component.facts.get("events"):
        lines += [f"    events = ({', '.join(map(quoted, names))},)", ""]
    lines += map(python_property, component.properties)
    lines += python_start(component.facts.get("begins", {}), component.properties)
    for event in component.facts.get("events", []):
        lines += [
            "",
            f"    def on_{event}(self, callback: Callable[[Event], Any]) -> Callable[[], None]:",
            f'        """Call *callback* at each {event}; return a function that stops it."""',
            f'        return self.on("{event}", callback)',
        ]
    return lines


def python_start(begins: dict[str, str], properties: list[Property]) -> list[str]:
    """Write the constructor that lets some properties begin with the value of others.

    It is hidden from type checkers, which make a better one from the properties.
    """
    if not begins:
        return []
    lines = [
        "",
        "    if not TYPE_CHECKING:",
        "",
        "        def __init__(self, **properties: Any) -> None:",
    ]
    defaults = {prop.name: quoted(prop.default) for prop in properties}
    for name, other in begins.items():
        begin = f'properties.get("{other}", {defaults[other]})'
        lines.append(f'            properties.setdefault("{name}", {begin})')
    return [*lines, "            super().__init__(**properties)"]


def python_module(components: list[Component], version: str) -> str:
    """Write the Python module."""
    lines = [
        f'"""Form components, generated from Web Awesome {version}."""',
        "# Written by scripts/generate_components.py; edit scripts/components.toml instead.",
        "",
        "from __future__ import annotations",
        "",
        "from typing import TYPE_CHECKING, Any, Literal",
        "",
        "from syncline.model import Model, prop",
        "from syncline.ui.options import Options, option_pairs",
        "",
        "if TYPE_CHECKING:",
        "    from collections.abc import Callable",
        "",
        "    from syncline.model import Event",
    ]
    for component in components:
        lines += ["", "", *python_class(component)]
    return formatted("\n".join(lines) + "\n")


def formatted(source: str) -> str:
    """Format Python as the project does."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(PYTHON), "-"]
    run = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return run.stdout


def literal(value: object) -> str:
    """Write a TypeScript literal the way the formatter does."""
    if isinstance(value, dict):
        inner = ", ".join(f"{k}: {literal(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(literal(v) for v in value)}]"
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def file_name(component: Component) -> str:
    """Name a component's file: TextInput -> text-input."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", component.name).lower()


def typescript_element(component: Component, version: str) -> str:
    """Write one element's file: its code and how it is bound."""
    facts = component.facts
    own = {facts.get("text"), facts.get("options"), facts.get("reading")}
    shown = [p for p in component.properties if p.name not in own]
    rows = {
        "tag": facts["tag"],
        "fixed": facts.get("fixed", {}),
        "props": {p.name: p.js for p in shown},
        "sync": facts.get("sync", {}),
        "events": facts.get("events", []),
        "late": facts.get("late", []),
        "blank": blanks(component),
        "text": facts.get("text"),
        "options": facts.get("options"),
        "reading": facts.get("reading"),
    }
    names = [facts["tag"].removeprefix("wa-"), *(["option"] if "options" in facts else [])]
    lines = [
        f"// Generated from Web Awesome {version} by scripts/generate_components.py.",
        *(["import '../icons';"] if component.icons else []),
        *(f"import '@awesome.me/webawesome/dist/components/{n}/{n}.js';" for n in names),
        "import type { ElementFacts } from '../facts';",
        "",
        f"/** How ui/{component.name}@1 is bound to {facts['tag']}. */",
        "export const facts: ElementFacts = {",
        *(line for key, value in rows.items() if value for line in typescript_row(key, value)),
        "};",
    ]
    return "\n".join(lines) + "\n"


def blanks(component: Component) -> dict[str, object]:
    """Say what Python holds when an edited text is blank."""
    values: dict[str, object] = {"str": "", "str | None": None}
    edited = [p for p in component.properties if p.client and p.type in values]
    return {p.name: values[p.type] for p in edited}


def typescript_row(key: str, value: object) -> list[str]:
    """Write one field, broken up the way the formatter does when it is long."""
    line = f"  {key}: {literal(value)},"
    if len(line) <= 100 or not isinstance(value, dict):
        return [line]
    return [f"  {key}: {{", *(f"    {k}: {literal(v)}," for k, v in value.items()), "  },"]


def typescript_index(components: list[Component], version: str) -> str:
    """Write the table from model type to the element's file."""
    lines = [
        f"// Generated from Web Awesome {version} by scripts/generate_components.py.",
        "import type { ElementFile } from '../facts';",
        "",
        "/** Model type -> the file of the element that shows it, fetched when first needed. */",
        "export const elements: Readonly<Record<string, ElementFile>> = {",
        *(f"  'ui/{c.name}@1': () => import('./{file_name(c)}')," for c in components),
        "};",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write both files, or with `--check` compare them."""
    manifest = json.loads((PACKAGE / "dist" / "custom-elements.json").read_text("utf-8"))
    version = json.loads((PACKAGE / "package.json").read_text("utf-8"))["version"]
    table = tomllib.loads(TABLE.read_text("utf-8"))
    components = [build(name, facts, manifest) for name, facts in table.items()]
    outputs = {
        PYTHON: python_module(components, version),
        TYPESCRIPT / "index.ts": typescript_index(components, version),
    }
    for component in components:
        text = typescript_element(component, version)
        outputs[TYPESCRIPT / f"{file_name(component)}.ts"] = text
    stale = 0
    for path, text in outputs.items():
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            print(f"{path.relative_to(ROOT)} is not current: run {Path(__file__).name}")
            stale = 1
    return stale


if __name__ == "__main__":
    raise SystemExit(main())
