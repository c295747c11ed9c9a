"""
Hypothesis profiles.

`ci` repeats the same examples on every run, so that a red build can be run
again. `dev` is the default by hand. `thorough` is for a long look before a
release: `HYPOTHESIS_PROFILE=thorough python -m pytest`.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    print_blob=True,
    # A shared machine may be slow to make examples; that is not a fault of the code.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile(
    "thorough",
    deadline=None,
    print_blob=True,
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)


def chosen_profile() -> str:
    """
    Name the profile to load: the one asked for, else `ci` in CI, else `dev`.
    """
    return os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")


settings.load_profile(chosen_profile())
