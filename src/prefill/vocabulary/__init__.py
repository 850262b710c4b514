"""The vocabulary: every kind of fact that a record may hold, the entities they are about, and who may state them."""

from prefill.vocabulary.model import (
    Derive,
    Duration,
    EntityType,
    Mapped,
    Path,
    Source,
    Term,
    UnknownTerm,
    Vocabulary,
)
from prefill.vocabulary.reading import read_vocabulary

__all__ = [
    "Derive",
    "Duration",
    "EntityType",
    "Mapped",
    "Path",
    "Source",
    "Term",
    "UnknownTerm",
    "Vocabulary",
    "read_vocabulary",
]
