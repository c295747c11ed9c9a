"""
Loyalty: points as data, accounts that lose and double nothing, offers, the books.

Examples:
    >>> groceries = accrue("cn-card-shape", amount="199.99", on="2026-11-22", mcc="5411")
    >>> groceries.outcome.points
    9
"""

from bankservice.loyalty.account.account import Account, HoldStatus
from bankservice.loyalty.account.refusals import AccountRefusal
from bankservice.loyalty.account.views import AccountView
from bankservice.loyalty.accrual import accrual_of
from bankservice.loyalty.benefits.kind import OFFERS
from bankservice.loyalty.benefits.model import Benefit, Offered, OfferFacts
from bankservice.loyalty.benefits.record import BENEFITS, BenefitRefusal
from bankservice.loyalty.benefits.service import Benefits
from bankservice.loyalty.benefits.views import BenefitsView
from bankservice.loyalty.books.bookkeeping import Books
from bankservice.loyalty.books.chart import Figures, Move, PointsAccount
from bankservice.loyalty.books.expectations import EXPECTATIONS, Expectations
from bankservice.loyalty.books.ledger import GeneralLedger, LedgerRow, ledger, write_ledger
from bankservice.loyalty.books.liability import Liability, liability
from bankservice.loyalty.books.metering import points_liability
from bankservice.loyalty.books.movements import Booked, Course, booked, follow
from bankservice.loyalty.books.statement import Statement, statement
from bankservice.loyalty.model import (
    Accrual,
    AccrualFacts,
    Draw,
    Item,
    Lost,
    Lot,
    Part,
    Stage,
    Use,
)
from bankservice.loyalty.policy import KINDS, SHELF
from bankservice.loyalty.programme.programme import PROGRAMME, Programme
from bankservice.loyalty.record import ACCOUNT
from bankservice.loyalty.rules import (
    RULES,
    accrue,
    cost_accrual,
    deferred_revenue,
    offers,
)
from bankservice.loyalty.service import Accounts
from bankservice.loyalty.trials import TRIALS

__all__ = [
    "ACCOUNT",
    "BENEFITS",
    "EXPECTATIONS",
    "KINDS",
    "OFFERS",
    "PROGRAMME",
    "RECORDS",
    "RULES",
    "SHELF",
    "TRIALS",
    "Account",
    "AccountRefusal",
    "AccountView",
    "Accounts",
    "Accrual",
    "AccrualFacts",
    "Benefit",
    "BenefitRefusal",
    "Benefits",
    "BenefitsView",
    "Booked",
    "Books",
    "Course",
    "Draw",
    "Expectations",
    "Figures",
    "GeneralLedger",
    "HoldStatus",
    "Item",
    "LedgerRow",
    "Liability",
    "Lost",
    "Lot",
    "Move",
    "OfferFacts",
    "Offered",
    "Part",
    "PointsAccount",
    "Programme",
    "Stage",
    "Statement",
    "Use",
    "accrual_of",
    "accrue",
    "booked",
    "cost_accrual",
    "deferred_revenue",
    "follow",
    "ledger",
    "liability",
    "offers",
    "points_liability",
    "statement",
    "write_ledger",
]

RECORDS = (ACCOUNT, BENEFITS)
"""Every record of this domain."""
