"""The choices of a select."""

from __future__ import annotations

import pytest

from syncline.model import PropertyError
from syncline.ui import Select
from syncline.ui.options import Options


@pytest.mark.parametrize("options", [["a", "b"], [["a", "a"], ["b", "b"]], {"a": "a", "b": "b"}])
def test_every_form_is_kept_as_pairs(options: Options) -> None:
    assert Select(options=options).options == [["a", "a"], ["b", "b"]]


def test_a_dict_keeps_its_order() -> None:
    assert Select(options={"10": "ten", "2": "two"}).options == [["10", "ten"], ["2", "two"]]


def test_two_options_of_one_value_are_refused() -> None:
    with pytest.raises(PropertyError, match="value of its own"):
        Select(options=["a", "a"])


def test_a_list_that_is_no_pair_is_refused() -> None:
    with pytest.raises(PropertyError, match="pair"):
        Select(options=[["a", "A", "x"]])
