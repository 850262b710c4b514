"""Lets `python -m prefill` do what the command `prefill` does."""

from prefill.cli import main

if __name__ == "__main__":
    main()
