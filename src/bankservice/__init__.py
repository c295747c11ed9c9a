"""
Decisions about a bank's customers, with reasons, under the rules in force that day.

    from bankservice import segmentation          # rules alone: no journal, no set-up
    bank = bankservice.open("sqlite:///bank.db")  # a bank with a record
"""

from bankservice.bank import Bank
from bankservice.bank import open_bank as open  # noqa: A004 - the door is `bankservice.open`
from bankservice.core.errors import BankServiceError
from bankservice.whatif import simulate

__all__ = ["Bank", "BankServiceError", "open", "simulate"]
