"""
The tables a run reads, as it names them: what a bank's extracts are mapped to.

A bank's own files have their own names, codes and forms; `bank.toml` says which column is which.
Whatever a later domain needs is one more table, or one more column with a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.run.columns import Column, ColumnKind, Table, yes_no
from bankservice.run.survey_tables import ANSWERS, INVITATIONS

__all__ = ["PERSON", "TABLES", "Column", "ColumnKind", "Table"]

COMPLAINTS: Final = Table(
    name="complaints",
    doc="A complaint, as it stood on the day the extract was drawn.",
    columns=(
        Column(name="case", kind="id", doc="Opaque id.", required=True),
        Column(
            name="customer",
            kind="id",
            doc="Whose it is; where it is not mapped, nobody is known to complain twice.",
        ),
        Column(name="received_on", kind="date", doc="Day it was received; or received_at."),
        Column(name="received_at", kind="time", doc="When it was received."),
        Column(
            name="sent_on",
            kind="date",
            doc="Day an authority passed it on to the bank, where the clocks begin with that.",
        ),
        Column(name="channel", kind="code", doc="How it came.", tree="vocabulary/channels"),
        Column(name="product", kind="code", doc="About which.", tree="vocabulary/product-kinds"),
        Column(
            name="issue", kind="code", doc="What it is about.", tree="vocabulary/complaint-issues"
        ),
        Column(
            name="cause", kind="code", doc="Its root cause.", tree="vocabulary/complaint-causes"
        ),
        Column(name="branch", kind="text", doc="Which branch it is about."),
        Column(name="region", kind="text", doc="Region of the customer."),
        Column(
            name="matter",
            kind="code",
            doc="What it is in kind; a complaint where left out.",
            codes=("complaint", "dispute", "concern"),
        ),
        Column(name="kind", kind="text", doc="Kind of complaint in law, such as payment."),
        Column(
            name="severity",
            kind="code",
            doc="How grave it is; where left out, as the routing rule finds.",
            codes=("low", "normal", "high", "grave"),
        ),
        Column(
            name="department",
            kind="code",
            doc="Where it lies; where left out, as the routing rule finds.",
            tree="vocabulary/departments",
        ),
        Column(name="amount", kind="amount", doc="Money at stake, in the bank's currency."),
        yes_no("vulnerable", "Whether the customer needs particular care."),
        yes_no("public", "Whether it was made in public."),
        yes_no("regulator_sent", "Whether a regulator or ombudsman passed it on."),
        yes_no("media", "Whether press or broadcast took it up."),
        yes_no("data_leak", "Whether customers' data may have got out."),
        yes_no("loss", "Whether the customer lost money."),
        Column(
            name="status",
            kind="text",
            doc="Where it stands; where left out, as the days say.",
            codes=("open", "answered", "closed", "withdrawn"),
        ),
        Column(name="replied_on", kind="date", doc="Day of a first reply that is not the answer."),
        Column(name="replied_at", kind="time", doc="When that was."),
        Column(name="answered_on", kind="date", doc="Day of the answer."),
        Column(name="answered_at", kind="time", doc="When it was answered."),
        Column(
            name="outcome",
            kind="code",
            doc="What the answer said.",
            codes=("upheld", "partly", "rejected"),
        ),
        Column(name="closed_on", kind="date", doc="Day it was closed or withdrawn."),
        Column(name="closed_at", kind="time", doc="When that was."),
        yes_no("timely", "Whether the source says that the answer came in time."),
    ),
)

PERSON: Final = (
    Column(name="known_on", kind="date", doc="Day the bank came to know of the customer."),
    Column(name="ended_on", kind="date", doc="First day without any product of the bank."),
    Column(
        name="ended_by",
        kind="code",
        doc="Why; closed where left out.",
        codes=("closed", "deceased", "exited"),
    ),
    Column(
        name="customer_kind",
        kind="code",
        doc="Person or organisation.",
        tree="vocabulary/customer-kinds",
    ),
    Column(name="born_on", kind="date", doc="Day of birth."),
    Column(
        name="gender", kind="code", doc="For screening alone.", codes=("female", "male", "other")
    ),
    Column(name="occupation", kind="text", doc="Occupation, as the policies name it."),
    Column(name="region", kind="code", doc="Where the customer is.", tree="vocabulary/regions"),
    Column(
        name="industry",
        kind="code",
        doc="Industry of the business.",
        tree="vocabulary/industries",
    ),
    Column(name="income", kind="amount", doc="Income of a year, in the bank's currency."),
    Column(name="founded_on", kind="date", doc="Day the business was founded."),
    yes_no("leads_industry", "Whether it leads its industry in its region."),
    yes_no("marketing", "Whether the customer agreed to marketing."),
)
"""What may be known of a customer; each may be left out, and is unknown then."""

_EARNING: Final = (
    Column(name="mcc", kind="id", doc="Merchant category code of ISO 18245, for points."),
    Column(name="merchant", kind="id", doc="Id of the merchant, for points."),
    Column(name="channel", kind="code", doc="How it came, for points.", tree="vocabulary/channels"),
    Column(name="card", kind="id", doc="Opaque id of the card, for points that are capped by it."),
    Column(
        name="refund_of",
        kind="id",
        doc="For money given back: ref of what it belongs to, whose points it takes back.",
    ),
)
"""What points may hang on, in whichever table the purchase stands."""

PURCHASES: Final = Table(
    name="purchases",
    doc="Something that earns points and moves no balance of the extracts, or what gives it back.",
    columns=(
        Column(name="ref", kind="id", doc="Its own reference; earns once.", required=True),
        Column(name="customer", kind="id", doc="Whose it is; or account."),
        Column(name="account", kind="id", doc="The account, whose holder earns."),
        Column(name="on", kind="date", doc="Day of it, in the bank's zone; or at."),
        Column(name="at", kind="time", doc="When it was."),
        Column(name="amount", kind="amount", doc="How much; never negative.", required=True),
        Column(name="currency", kind="currency", doc="The bank's currency where left out."),
        Column(
            name="kind", kind="text", doc="What it is; [points] says what earns.", required=True
        ),
        Column(name="tier", kind="text", doc="Tier of the customer before it, as the bank holds."),
        *_EARNING,
    ),
)

REDEMPTIONS: Final = Table(
    name="redemptions",
    doc="Points spent, or given back.",
    columns=(
        Column(name="ref", kind="id", doc="Its own reference.", required=True),
        Column(name="customer", kind="id", doc="Whose points.", required=True),
        Column(name="on", kind="date", doc="Day of it, in the bank's zone; or at."),
        Column(name="at", kind="time", doc="When it was."),
        Column(name="points", kind="amount", doc="How many, where no reward tells."),
        Column(name="reward", kind="id", doc="Code of the reward in the programme."),
        Column(name="quantity", kind="amount", doc="How many rewards; 1 where left out."),
        Column(
            name="amount",
            kind="amount",
            doc="For a credit or a payment in points and money: the amount, in the bank's currency.",
        ),
        Column(name="cancels", kind="id", doc="Ref of a redemption that this one gives back."),
    ),
)

TABLES: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (
        Table(
            name="customers",
            doc="A customer of the bank.",
            columns=(Column(name="customer", kind="id", doc="Opaque id.", required=True), *PERSON),
        ),
        Table(
            name="accounts",
            doc="An account.",
            columns=(
                Column(name="account", kind="id", doc="Opaque id.", required=True),
                Column(
                    name="customer",
                    kind="id",
                    doc="Whose it is; left out where the table holders says so.",
                ),
                Column(name="currency", kind="currency", doc="The bank's currency where left out."),
                Column(name="opened_on", kind="date", doc="First day it exists."),
                Column(name="closed_on", kind="date", doc="First day it no longer exists."),
                Column(name="product", kind="text", doc="Product code, for weights."),
                Column(
                    name="opening_balance",
                    kind="amount",
                    doc="Balance before the first transaction of the extracts; 0 where not mapped.",
                ),
            ),
        ),
        Table(
            name="holders",
            doc="Whose an account is, one holder for each account.",
            columns=(
                Column(name="account", kind="id", doc="The account.", required=True),
                Column(name="customer", kind="id", doc="Its holder.", required=True),
            ),
        ),
        Table(
            name="transactions",
            doc="A movement on an account, in its currency.",
            columns=(
                Column(name="account", kind="id", doc="The account.", required=True),
                Column(
                    name="on",
                    kind="date",
                    doc="Day it counts from, in the bank's zone.",
                    required=True,
                ),
                Column(
                    name="amount",
                    kind="amount",
                    doc="Signed; with direction, always positive.",
                    required=True,
                ),
                Column(
                    name="direction",
                    kind="text",
                    doc="Whether it comes in or goes out.",
                    whole=True,
                    codes=("in", "out"),
                ),
                Column(
                    name="balance",
                    kind="amount",
                    doc="Balance the bank states after it, to check against.",
                ),
                Column(name="kind", kind="text", doc="What it is, such as salary or interest."),
                Column(
                    name="means",
                    kind="text",
                    doc="How it was done, such as in cash; for points, where kind tells nothing.",
                ),
                Column(name="ref", kind="id", doc="Its own reference; needed to earn points."),
                Column(name="at", kind="time", doc="When it was, for points."),
                *_EARNING,
            ),
        ),
        PURCHASES,
        REDEMPTIONS,
        Table(
            name="balances",
            doc="An end-of-day balance; it holds until the next one.",
            columns=(
                Column(name="account", kind="id", doc="The account.", required=True),
                Column(name="on", kind="date", doc="The day.", required=True),
                Column(name="balance", kind="amount", doc="At its end.", required=True),
            ),
        ),
        Table(
            name="rates",
            doc="A published exchange rate.",
            columns=(
                Column(
                    name="currency", kind="currency", doc="The foreign currency.", required=True
                ),
                Column(name="on", kind="date", doc="Day published.", required=True),
                Column(
                    name="rate",
                    kind="rate",
                    doc="Units of the bank's currency for one.",
                    required=True,
                ),
            ),
        ),
        Table(
            name="measures",
            doc="A measure the bank worked out itself, such as an average balance.",
            columns=(
                Column(name="customer", kind="id", doc="The customer.", required=True),
                Column(name="measure", kind="text", doc="Its name in the policy; assets."),
                Column(name="average", kind="amount", doc="In the policy's unit.", required=True),
                Column(name="on", kind="date", doc="Day it was worked out for; every day."),
            ),
        ),
        COMPLAINTS,
        INVITATIONS,
        ANSWERS,
    )
}
"""Every table, by name."""
