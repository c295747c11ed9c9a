"""
Real data: where it is looked for.

The data may not be part of this repository. It is looked for in `$BANKSERVICE_DATA`, else in
`../shared/data` beside the clone. Where neither is there its tests are left out, but not in CI.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

__all__ = ["data"]

NEAR: Final = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """
    The folder of the real data; it is named in the environment while the tests run.
    """
    named = os.environ.get("BANKSERVICE_DATA")
    folder = Path(named) if named else NEAR
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"there is no real data: neither $BANKSERVICE_DATA nor {NEAR}")
        pytest.skip("no real data at hand")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BANKSERVICE_DATA", str(folder))
        yield folder
