"""
Reports: sections of sentences, figures, tables and charts, as one page of HTML.

Build a `Report` and `render` it in a language. The page is one file that loads nothing: styles and
charts are inside it, and it prints on A4. Drawing needs the `run` extra, which is imported only
when a report is rendered.
"""

from bankservice.report.model import (
    Bars,
    Beside,
    Dot,
    Figure,
    Matrix,
    Report,
    Scatter,
    Section,
    Share,
    Table,
    Trend,
    Trends,
    Whisker,
    Whiskers,
)
from bankservice.report.page import render

__all__ = [
    "Bars",
    "Beside",
    "Dot",
    "Figure",
    "Matrix",
    "Report",
    "Scatter",
    "Section",
    "Share",
    "Table",
    "Trend",
    "Trends",
    "Whisker",
    "Whiskers",
    "render",
]
