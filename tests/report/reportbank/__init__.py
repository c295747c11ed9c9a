"""A package of sentences for the tests of reports; its facts are the words."""

__all__: list[str] = []
