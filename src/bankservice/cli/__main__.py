"""`python -m bankservice.cli`."""

from bankservice.cli import main

main()
