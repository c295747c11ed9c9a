"""A transfer and the tiers that follow from it: both are in the record, or neither."""

from __future__ import annotations

from decimal import Decimal

from django.db import connection, transaction

from accounts.models import Account, Transfer
from bankservice import Bank
from bankservice.journals.sql import SqlJournal

__all__ = ["BANK", "transfer"]

# Django's `connection` is that of the thread that uses it, so one bank serves all threads. For
# another database: BANK.using(connections["alias"]).
BANK = Bank(SqlJournal.on(connection))


def transfer(number: str, payer: str, payee: str, fen: int) -> None:
    """Move money and assess both customers by what they hold then."""
    with transaction.atomic():
        # In one order, so that two transfers never wait for each other.
        rows = Account.objects.select_for_update().filter(pk__in=[payer, payee]).order_by("pk")
        held = {account.pk: account for account in rows}
        held[payer].fen -= fen
        held[payee].fen += fen
        for account in held.values():
            account.save()
        Transfer.objects.create(number=number, payer_id=payer, payee_id=payee, fen=fen)
        for customer, account in held.items():
            BANK.standings.assess(
                f"transfer-{number}-{customer}",
                customer,
                measure={"average": str(Decimal(account.fen).scaleb(-2))},
            )
