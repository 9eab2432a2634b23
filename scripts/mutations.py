"""Small breakages of a module's functions, made on its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
Change = Callable[[ast.AST], ast.AST]


class Mutation(NamedTuple):
    """One breakage: where it is, what it does, and the module's source with it."""

    line: int
    what: str
    tree: ast.Module


def mutations(source: str) -> Iterator[Mutation]:
    """Yield every breakage of the bodies of a module's functions, in the order of the lines."""
    tree = ast.parse(source)
    for index, node in enumerate(_places(tree)):
        for what, change in _changes(node):
            broken = copy.deepcopy(tree)
            twin = _places(broken)[index]
            _replace(broken, twin, ast.copy_location(change(twin), twin))
            yield Mutation(_line(node), what, ast.fix_missing_locations(broken))


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]


# Where


def _places(tree: ast.Module) -> list[ast.AST]:
    """Return what may be broken, the statements of all functions and what is in them."""
    return [
        node
        for function in _functions(tree)
        for statement in function.body
        for node in _walk(statement)
    ]


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the functions of a module and the methods of its classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those under it, but for what says nothing or is only said."""
    if isinstance(node, ast.Assert | ast.JoinedStr) or _is_said(node):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "args") and not isinstance(node, ast.Call):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _is_said(node: ast.AST) -> bool:
    """Tell whether a node is a docstring, or a line of the log."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="logger")))):
            return True
    return False


# What


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    yield from _of_expressions(node)
    yield from _of_statements(node)


def _of_expressions(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in SWAPS:
            yield _swapping(operator), _swap
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            if type(operator) in SWAPS:
                yield _swapping(operator), _swap
        case ast.UnaryOp(op=ast.Not(), operand=ast.expr()):
            yield "not x -> x", lambda twin: twin.operand  # type: ignore[attr-defined]
        case ast.Constant(value=bool()):
            yield f"{not node.value} for {bool(node.value)}", lambda _: ast.Constant(not node.value)
        case ast.Constant(value=int(number)):
            yield f"{number} -> {number + 1}", lambda _: ast.Constant(number + 1)
        case ast.Constant(value=str(text)) if text and " " not in text:
            yield f"{text!r} -> other text", lambda _: ast.Constant(f"{text}-")
        case ast.IfExp():
            yield "a if x else b -> a if not x else b", _negated


def _of_statements(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.If() | ast.While():
            yield "if x -> if not x", _negated
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return x -> return None", lambda _: ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Delete() | ast.Raise():
            yield "statement -> pass", lambda _: ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "assignment -> pass", lambda _: ast.Pass()
        case ast.Break() | ast.Continue():
            yield "jump -> pass", lambda _: ast.Pass()


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _swapping(operator: ast.AST) -> str:
    kind = type(operator)
    return f"{kind.__name__} -> {SWAPS[kind].__name__}"


def _swap(twin: ast.AST) -> ast.AST:
    if isinstance(twin, ast.Compare):
        twin.ops = [SWAPS[type(twin.ops[0])]()]  # type: ignore[list-item]
    else:
        twin.op = SWAPS[type(twin.op)]()  # type: ignore[attr-defined]
    return twin


def _negated(twin: ast.AST) -> ast.AST:
    twin.test = ast.UnaryOp(ast.Not(), twin.test)  # type: ignore[attr-defined]
    return twin
