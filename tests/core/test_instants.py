"""Instants and durations of every maker."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core.errors import BadValue
from syncline.core.values import Buffers, decode_value, encode_value, equal, settled


@pytest.mark.parametrize(
    ("value", "tag", "milliseconds"),
    [
        (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "time", 1000),
        (date(1970, 1, 2), "time", 86_400_000),
        (timedelta(microseconds=1), "dur", 0.001),
        (np.datetime64(1, "s"), "time", 1000),
        (np.datetime64(1_500_001, "ns"), "time", 1.500001),
        (np.datetime64(-1, "us"), "time", -0.001),
        (np.timedelta64(-5, "us"), "dur", -0.005),
        (np.timedelta64(3, "h"), "dur", 10_800_000),
        (pd.Timestamp("1970-01-01T00:00:00.000001500"), "time", 0.0015),
        (pd.Timestamp("1970-01-01T01:00", tz="Europe/Zurich"), "time", 0),
        (pd.Timedelta("2ms"), "dur", 2),
    ],
)
def test_an_instant_is_so_many_milliseconds(value: Any, tag: str, milliseconds: float) -> None:
    assert encode_value(value, None) == {"$": tag, "v": milliseconds}
    assert equal(settled(value), value) or tag == "time"


@pytest.mark.parametrize("nat", [pd.NaT, np.datetime64("NaT"), np.timedelta64("NaT", "ms")])
def test_no_instant_is_null(nat: Any) -> None:
    assert encode_value(nat, None) is None
    assert settled(nat) is None


@pytest.mark.parametrize(
    "value", [np.timedelta64(1), np.timedelta64(1, "Y"), np.datetime64(2**62, "s")]
)
def test_what_has_no_length_in_milliseconds_is_refused(value: Any) -> None:
    with pytest.raises(BadValue):
        settled(value)


def test_scalars_of_others_are_settled_as_what_they_come_back_as() -> None:
    assert settled(date(2026, 1, 2)) == datetime(2026, 1, 2, tzinfo=UTC)
    assert type(settled(np.datetime64("2026-01-02"))) is datetime
    assert type(settled(np.float32(1.5))) is float
    assert settled([np.int8(3)]) == [3]


@given(st.integers(-(2**43) * 1000, 2**43 * 1000))
def test_microseconds_come_back_exactly_until_the_year_2248(microseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    assert decode_value(encode_value(moment, None), Buffers()) == moment
