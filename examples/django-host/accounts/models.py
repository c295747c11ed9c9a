"""The host's models; none of them is a table of the journal."""

from __future__ import annotations

from django.db import models


class Account(models.Model):
    """A customer's account and what is on it."""

    customer = models.CharField(max_length=20, primary_key=True)
    fen = models.BigIntegerField()


class Transfer(models.Model):
    """Money that one customer sent to another."""

    number = models.CharField(max_length=20, primary_key=True)
    payer = models.ForeignKey(Account, models.PROTECT, related_name="sent")
    payee = models.ForeignKey(Account, models.PROTECT, related_name="received")
    fen = models.BigIntegerField()
