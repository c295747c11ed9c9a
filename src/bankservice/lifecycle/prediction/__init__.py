"""What a customer may do next: purchases, survival and spending, as published models expect them."""

__all__: tuple[str, ...] = ()
