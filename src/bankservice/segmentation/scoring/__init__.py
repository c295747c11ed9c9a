"""RFM: cut points fitted once, then scores by threshold."""

__all__: tuple[str, ...] = ()
