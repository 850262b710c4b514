"""Many subjects: one form filled for each, on all cores, in flat memory; into files, so that it survives any interruption."""

from prefill.batches.inputs import Input, from_iterable, from_lines, from_parquet, from_store
from prefill.batches.model import BatchItem, Complaint, Drawing, Place
from prefill.batches.running import batch
from prefill.batches.writing import Counted, Files, begun_on, files_of, run_batch

__all__ = [
    "BatchItem",
    "Complaint",
    "Counted",
    "Drawing",
    "Files",
    "Input",
    "Place",
    "batch",
    "begun_on",
    "files_of",
    "from_iterable",
    "from_lines",
    "from_parquet",
    "from_store",
    "run_batch",
]
