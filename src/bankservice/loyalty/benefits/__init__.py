"""Offers: rate bonuses, rate discounts, fee waivers and gifts, beside points."""

__all__: tuple[str, ...] = ()
