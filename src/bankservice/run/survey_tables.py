"""The tables of surveys: who was asked, and what was answered."""

from __future__ import annotations

from typing import Final

from bankservice.run.columns import Column, Table, yes_no

__all__ = ["ANSWERS", "INVITATIONS"]

INVITATIONS: Final = Table(
    name="invitations",
    doc="A customer asked to answer a survey, and what became of it.",
    columns=(
        Column(name="invitation", kind="id", doc="Its own reference.", required=True),
        Column(name="customer", kind="id", doc="Who was asked.", required=True),
        Column(name="on", kind="date", doc="Day it went out, in the bank's zone; or at."),
        Column(name="at", kind="time", doc="When it went out."),
        Column(name="wave", kind="text", doc="Wave of the survey; the period of the day."),
        Column(
            name="channel",
            kind="code",
            doc="How it went out.",
            tree="vocabulary/feedback-channels",
        ),
        Column(name="stratum", kind="text", doc="Group of customers it was drawn from."),
        Column(
            name="outcome",
            kind="code",
            doc="What became of it; where left out, complete if it was answered, else expired.",
            codes=(
                "complete",
                "partial",
                "refused",
                "opted-out",
                "not-contacted",
                "undeliverable",
                "ineligible",
                "quota-full",
                "expired",
                "invalid",
            ),
        ),
    ),
)

ANSWERS: Final = Table(
    name="answers",
    doc="An answer sheet of a survey: a row for each, a column for each question.",
    columns=(
        Column(name="answer", kind="id", doc="Its own reference.", required=True),
        Column(name="customer", kind="id", doc="Who answered; left out where nobody knows."),
        Column(name="invitation", kind="id", doc="Ref of the invitation it answers."),
        Column(name="on", kind="date", doc="Day of it, in the bank's zone; or at."),
        Column(name="at", kind="time", doc="When it was handed in."),
        Column(name="wave", kind="text", doc="Wave of the survey; the period of the day."),
        Column(name="branch", kind="text", doc="Branch it is about."),
        Column(
            name="product",
            kind="code",
            doc="Kind of product it is about.",
            tree="vocabulary/product-kinds",
        ),
        Column(
            name="channel",
            kind="code",
            doc="How it came.",
            tree="vocabulary/feedback-channels",
        ),
        Column(name="mode", kind="text", doc="Who held the pen, such as self or assisted."),
        yes_no("self_selected", "Whether nobody had asked the customer."),
        Column(name="weight", kind="rate", doc="Its weight before it is weighted to the targets."),
    ),
    further=(
        "An answer to the question of that code, a category of a margin of the targets, or a unit "
        "that scores are told of."
    ),
)
