"""The catalogue: data sets that come with recbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbench.errors import RecbenchError
from recbench.plugins import registry

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset


def load(name: str) -> Dataset:
    """Return a data set of the catalogue; its files are downloaded if they are not here yet.

    Raises:
        UsageError: no such name, or a file under ``RECBENCH_DATA_HOME`` has a wrong checksum.
        RecbenchError: its files are not here and cannot be downloaded, or it gives no data set.
    """
    make = registry.datasets.load(name)
    from recbench.data.dataset import Dataset

    dataset = make() if callable(make) else make
    if not isinstance(dataset, Dataset):
        place = registry.datasets.card(name).implementation
        raise RecbenchError(f"data set {name!r}: {place} gives no Dataset.")
    return dataset
