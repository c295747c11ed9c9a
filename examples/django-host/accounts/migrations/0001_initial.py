"""The host's own tables."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes the tables of the models."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Account",
            fields=[
                ("customer", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("fen", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("number", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("fen", models.BigIntegerField()),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent",
                        to="accounts.account",
                    ),
                ),
                (
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="received",
                        to="accounts.account",
                    ),
                ),
            ],
        ),
    )
