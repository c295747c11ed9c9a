"""What the `run` extra gives to reports; says what to install where it is missing."""

from __future__ import annotations

try:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup
    from vl_convert import vegalite_to_svg
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"a report needs {missing.name}, which is not installed; "
        "install the `run` extra: pip install 'bankservice[run]'.",
        name=missing.name,
    ) from missing

__all__ = ["Environment", "Markup", "PackageLoader", "StrictUndefined", "vegalite_to_svg"]
