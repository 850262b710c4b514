"""What a database comes to that holds what prefill did not write: an error in one line, and never what it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prefill.errors import MissingExtra, StoreError

try:
    from sqlalchemy.exc import NoResultFound
except ImportError as error:
    raise MissingExtra("a store needs SQLAlchemy: install prefill with its extra [store] (README, Install)") from error

__all__ = ["DAMAGE", "whole"]

DAMAGE: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, NoResultFound)
"""What reading stored text comes to where somebody, or a failing disk, wrote something else over it."""


@contextmanager
def whole(name: str) -> Iterator[None]:
    """Read what is stored; raises StoreError where it is not what prefill wrote."""
    try:
        yield
    except DAMAGE:
        raise StoreError(
            f"{name}: it holds what prefill did not write: see what is wrong (prefill store verify), take a copy from before"
        ) from None
