"""
What a bank proves its own parts with: contract suites for the ports.

Import a suite from its module, such as `bankservice.testing.contracts`.
"""

import sys

__all__: list[str] = []

# Without this, a failing contract says only `AssertionError`. Where pytest runs the tests it is
# loaded already; anybody else does not need it, nor pay for it.
if "pytest" in sys.modules:
    for name in ("archive_contract", "contracts", "key_contract"):
        sys.modules["pytest"].register_assert_rewrite(f"bankservice.testing.{name}")
