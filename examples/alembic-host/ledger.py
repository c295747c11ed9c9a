"""
A host with tables of its own: customers, and transfers between them.

A transfer and the tiers that follow from it are in the record together, or neither is.
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bankservice import Bank

__all__ = ["Base", "Customer", "Transfer", "transfer"]


class Base(DeclarativeBase):
    """The host's models; none of them is a table of the journal."""


class Customer(Base):
    """A customer and what they hold."""

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    fen: Mapped[int] = mapped_column(BigInteger)


class Transfer(Base):
    """Money that one customer sent to another."""

    __tablename__ = "transfers"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    payer: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    payee: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    fen: Mapped[int] = mapped_column(BigInteger)


def transfer(session: Session, bank: Bank, number: str, payer: str, payee: str, fen: int) -> None:
    """
    Move money and assess both customers by what they hold then.

    Everything is in the session's transaction. Whoever calls commits it, or rolls it back.
    """
    held = {
        customer.id: customer
        for customer in session.scalars(
            # In one order, so that two transfers never wait for each other.
            select(Customer)
            .where(Customer.id.in_([payer, payee]))
            .order_by(Customer.id)
            .with_for_update()
        )
    }
    held[payer].fen -= fen
    held[payee].fen += fen
    session.add(Transfer(id=number, payer=payer, payee=payee, fen=fen))
    standings = bank.using(session).standings
    for customer in sorted(held):
        amount = Decimal(held[customer].fen).scaleb(-2)
        standings.assess(
            f"transfer-{number}-{customer}", customer, measure={"average": str(amount)}
        )
