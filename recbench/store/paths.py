"""Paths: where everything is below a folder of results. No other module spells them.

<results>/cells/<key>/cell.json       what was run, how it ended, aggregates
<results>/cells/<key>/cell.sha256     its checksum, as ``sha256sum --check`` reads it
<results>/cells/<key>/people.parquet  every person, before and after, with every metric
<results>/index.sqlite                a copy of the records for quick reading; rebuilt when in doubt
<results>/damaged/                    cells that could not be read, set aside
<results>/sweeps/<id>.json, <id>.live what was asked for, and how far it is
<results>/datasets/                   what is known of the data sets that were run
<results>/drivers/, claims/           which living driver runs which cell
<results>/cache/                      gold labellers, classifiers and judges; made anew when gone
<results>/figures/                    what `recbench plot` drew
<results>/mlflow.db, mlartifacts/     MLflow's own, where no other is named
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

RECORD, CHECKSUM, PEOPLE = "cell.json", "cell.sha256", "people.parquet"
"""The files of a cell."""


@dataclass(frozen=True)
class Paths:
    """The places below a folder of results.

    Attributes:
        root: the folder.
    """

    root: Path

    @property
    def cells(self) -> Path:
        """A folder per cell, called by its key."""
        return self.root / "cells"

    @property
    def index(self) -> Path:
        """The index of the cells."""
        return self.root / "index.sqlite"

    @property
    def damaged(self) -> Path:
        """Where damaged cells are set aside."""
        return self.root / "damaged"

    @property
    def sweeps(self) -> Path:
        """What was asked for, sweep by sweep."""
        return self.root / "sweeps"

    def sweep(self, sweep: str) -> Path:
        """The note of a sweep."""
        return self.sweeps / f"{sweep}.json"

    def live(self, sweep: str) -> Path:
        """How far a sweep is."""
        return self.sweeps / f"{sweep}.live"

    @property
    def datasets(self) -> Path:
        """What is known of the data sets."""
        return self.root / "datasets"

    @property
    def drivers(self) -> Path:
        """The drivers that live."""
        return self.root / "drivers"

    @property
    def claims(self) -> Path:
        """The cells that drivers run."""
        return self.root / "claims"

    @property
    def cache(self) -> Path:
        """Gold labellers, classifiers and judges."""
        return self.root / "cache"

    @property
    def figures(self) -> Path:
        """What was drawn."""
        return self.root / "figures"

    @property
    def database(self) -> Path:
        """MLflow's database."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """MLflow's files."""
        return self.root / "mlartifacts"

    @property
    def scratch(self) -> str:
        """How folders begin in which this process writes cells before they are whole."""
        return f"{self.scratches}{os.getpid()}-"

    @property
    def scratches(self) -> str:
        """How such folders of this machine begin; the number of the process follows."""
        return f".writing-{platform.node()}-"
