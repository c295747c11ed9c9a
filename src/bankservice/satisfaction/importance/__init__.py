"""What goes with satisfaction: drivers, quadrants, contrasts."""

__all__: tuple[str, ...] = ()
