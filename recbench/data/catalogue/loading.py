"""The catalogue: data sets that come with recbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbench.plugins.registry import load as load_plugin

if TYPE_CHECKING:
    from recbench.data.dataset import Dataset


def load(name: str) -> Dataset:
    """Return a data set of the catalogue; its files are downloaded if they are not here yet.

    Raises:
        UsageError: no such name, or a file under ``RECBENCH_DATA_HOME`` has a wrong checksum.
        RecbenchError: its files are not here and cannot be downloaded.
    """
    make = load_plugin("data set", name)
    dataset: Dataset = make()
    return dataset
