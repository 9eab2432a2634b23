"""The session that most tests of this folder talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync.speaker import plain_session

if TYPE_CHECKING:
    from syncline.sync.session import Session


@pytest.fixture
def session() -> Session:
    return plain_session()
