"""Rows and columns."""

from __future__ import annotations

import pytest

from syncline.model import PropertyError
from syncline.ui import Column, Row, Slider


@pytest.mark.parametrize("cls", [Row, Column])
def test_children_are_given_as_arguments_or_by_name(cls: type[Row | Column]) -> None:
    slider = Slider()
    assert cls(slider).children == [slider]
    assert cls(children=[slider], gap=4).children == [slider]


def test_children_given_twice_are_refused() -> None:
    with pytest.raises(TypeError, match="twice"):
        Row(Slider(), children=[Slider()])


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(PropertyError, match="children"):
        Row("text")  # type: ignore[arg-type]
