"""
A made-up bank to try everything on: extracts, policies and `bank.toml`, from one seed.

    from bankservice import demo
    path = demo.write(Path("demo"))

`people.py` says who the customers are, `seasons.py` when money moves, `ledger.py` how much,
`complaints.py` what they complain of, `extracts.py` how the files look, `flaws.py` what is wrong in them, `texts.py` which policies there
are and how `bank.toml` reads. A domain that comes later adds a `Part` to `texts.PARTS`, and an
extract, if it needs one, to `texts.EXTRACTS` and to `bank.py`.
"""

from bankservice.demo.bank import LOCALES, write
from bankservice.demo.folder import NotOursError

__all__ = ["LOCALES", "NotOursError", "write"]
