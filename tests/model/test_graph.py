"""Models that refer to models: entering, leaving, coming back."""

from __future__ import annotations

from typing import Any

import pytest

from syncline import Document, Model, PropertyError, prop
from syncline.core.ops import Add


class Node(Model, type="test/Node@1"):
    name: str = prop(default="")
    children: list[Node] = prop(default=[])
    named: dict[str, Node] = prop(default={})
    hidden: Any = prop(default=None, sync=False)


@pytest.fixture
def document() -> Document:
    return Document()


def added(document: Document) -> list[str]:
    return [op.m for entry in document.session.log.entries for op in entry.ops if type(op) is Add]


def test_a_model_brings_all_that_it_refers_to_at_any_depth(document: Document) -> None:
    leaf, twig = Node(name="leaf"), Node(name="twig")
    twig.named = {"a": leaf}
    root = Node(children=[twig])
    document.add_root(root)
    assert set(document.models) == {root.id, twig.id, leaf.id}
    assert document.rev == 1
    assert leaf.document is document


def test_a_newcomer_enters_with_the_edit_that_refers_to_it(document: Document) -> None:
    root = document.add_root(Node())
    assert isinstance(root, Node)
    leaf = Node(name="leaf")
    root.children.append(leaf)
    entry = document.session.log.entries[-1]
    assert [type(op).__name__ for op in entry.ops] == ["Add", "Splice"]
    assert root.children[0] is leaf
    root.named["x"] = other = Node(children=[leaf])
    assert document.models[other.id] is other
    assert added(document).count(leaf.id) == 1


def test_the_same_model_twice_is_added_once(document: Document) -> None:
    leaf = Node()
    root = Node(children=[leaf, leaf], named={"a": leaf})
    document.add_root(root)
    document.add_root(root)
    assert sorted(added(document)) == sorted([root.id, leaf.id])
    assert document.roots == (root,)
    root.children = []
    root.name = "collect"
    assert leaf.id in document.models
    root.named.clear()
    root.name = "again"
    assert leaf.id not in document.models


def test_models_in_a_circle_enter(document: Document) -> None:
    a, b = Node(name="a"), Node(name="b")
    a.children, b.children = [b], [a]
    document.add_root(a)
    assert b.children[0] is a
    assert set(document.models) == {a.id, b.id}


def test_a_tree_that_enters_gives_nothing_to_look_for(document: Document) -> None:
    document.add_root(Node(children=[Node(), Node(children=[Node()])]))
    assert not document.session.graph.searching


def test_a_circle_that_entered_goes_with_what_held_it(document: Document) -> None:
    root, a, b = Node(), Node(), Node()
    document.add_root(root)
    a.children, b.children = [b], [a]
    root.children = [a]
    assert not document.session.idle()
    root.children = []
    assert not document.session.idle()
    assert set(document.models) == {root.id}


def test_a_circle_that_newcomers_close_below_what_has_left_is_found(
    document: Document,
) -> None:
    root, gone = Node(), Node()
    document.add_root(root)
    with document.transaction():
        root.children = [gone]
        root.children = []
        first, second = Node(), Node()
        first.children, second.children = [second], [gone, first]
        gone.children = [first]
    assert not document.session.idle()
    assert set(document.models) == {root.id}


def test_a_model_of_another_document_is_refused_and_nothing_changes(document: Document) -> None:
    foreign = Document().add_root(Node())
    root = document.add_root(Node(name="before"))
    assert isinstance(root, Node)
    rev = document.rev
    with document.transaction():
        root.name = "kept"
        with pytest.raises(PropertyError, match="part of another document"):
            root.children = [Node(), foreign]  # type: ignore[list-item]
        with pytest.raises(PropertyError, match="part of another document"):
            document.add_root(foreign)
    assert (root.name, root.children) == ("kept", [])
    assert document.rev == rev + 1
    assert document.state._brought == {}


def test_another_model_under_a_known_id_is_refused(document: Document) -> None:
    document.add_root(Node.blank("c1-1"))
    with pytest.raises(PropertyError, match="part of another document"):
        document.add_root(Node.blank("c1-1"))


def test_a_model_that_left_may_be_changed_and_come_back(document: Document) -> None:
    root, leaf = Node(), Node(name="a")
    document.add_root(root)
    root.children = [leaf]
    root.children.clear()
    root.name = "collect"
    assert leaf.id not in document.models
    leaf.name = "b"
    leaf.named["x"] = root
    root.children.append(leaf)
    assert leaf.document is document
    assert leaf.name == "b"
    assert document.models[leaf.id] is leaf


def test_what_a_grave_holds_does_not_change_with_the_model(document: Document) -> None:
    root, leaf = Node(), Node(named={})
    document.add_root(root)
    root.children = [leaf]
    root.children.clear()
    root.name = "collect"
    leaf.named["x"] = Node()
    assert document.session.graveyard[leaf.id][1].props["named"] == {}


def test_a_model_that_is_there_may_be_referred_to_again(document: Document) -> None:
    leaf = Node(name="leaf")
    root = document.add_root(Node(children=[leaf]))
    assert isinstance(root, Node)
    root.children.append(leaf)
    assert document.session.graph.counts[leaf.id] == 2


def test_a_removed_root_leaves_unless_somebody_refers_to_it(document: Document) -> None:
    alone, child = Node(), Node()
    parent = Node(children=[child])
    for model in (alone, child, parent):
        document.add_root(model)
    document.remove_root(alone)
    document.remove_root(child)
    document.title = "collect"
    assert set(document.models) == {parent.id, child.id}
    assert document.roots == (parent,)


def test_a_model_only_python_refers_to_does_not_enter(document: Document) -> None:
    root = Node(hidden=Node())
    document.add_root(root)
    root.hidden = Node()
    assert list(document.models) == [root.id]


def test_an_undone_transaction_lets_newcomers_go(document: Document) -> None:
    root = document.add_root(Node())
    assert isinstance(root, Node)
    leaf = Node(name="leaf")

    def fail() -> None:
        with document.transaction():
            root.children.append(leaf)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert leaf.document is None
    assert root.children == []
    assert dict(document.session.graph.counts) == {root.id: 1}
    root.children.append(leaf)
    assert leaf.document is document


def test_a_model_that_nothing_refers_to_any_more_may_still_be_changed(document: Document) -> None:
    leaf = Node(name="leaf")
    root = Node(children=[leaf])
    document.add_root(root)
    taken = root.children.pop()
    taken.name = "free"
    taken.children.append(Node())
    assert taken is leaf
    assert leaf.id not in document.models
    assert (leaf.name, len(leaf.children)) == ("free", 1)
