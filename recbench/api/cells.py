"""Cells: list, verify, prune, export and import what a folder of results holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from recbench.errors import UsageError
from recbench.files import written_whole
from recbench.report.tables import without_formulas
from recbench.run.versions import outdated
from recbench.store.archive import Added, export_cells, import_cells
from recbench.store.folder import Store, unwritable
from recbench.store.prune import candidates, remove
from recbench.store.record import MODULES, CellRecord, NewerFormatError

__all__ = ["MODULES", "Added", "CellRecord", "CellStore", "Pruned", "Verified"]

PRUNED = ("failed", "stale", "unasked", "damaged", "cache")
"""What :meth:`CellStore.prune` can take away."""


@dataclass(frozen=True)
class Verified:
    """What came of reading every cell.

    Attributes:
        cells: how many there are.
        damaged: where damaged ones were set aside, and why, by key.
        newer: cells that a newer recbench wrote, and which format they have, by key.
    """

    cells: int
    damaged: dict[str, tuple[Path, str]]
    newer: dict[str, str]


@dataclass(frozen=True)
class Pruned:
    """What may go, or went.

    Attributes:
        places: below the folder of results, with the kind each is of.
        bytes: that they take.
    """

    places: dict[Path, str]
    bytes: int


class CellStore:
    """The cells of a folder of results, one by one.

    Args:
        results: the folder.
        create: make it if it is not there.

    Raises:
        UsageError: there are no results.
    """

    def __init__(self, results: Path | str = "results", create: bool = False) -> None:
        self.store = Store(Path(results), create=create)

    @property
    def notices(self) -> list[str]:
        """What was found on the way: damaged cells that were set aside."""
        return self.store.notices

    def listed(
        self,
        datasets: Collection[str] | None = None,
        methods: Collection[str] | None = None,
        status: str | None = None,
    ) -> Iterator[tuple[CellRecord, str]]:
        """Yield the cells, oldest first, each with why it is stale; nothing if it is not.

        A stale cell was computed with code that is not installed any more: no run uses it.

        Args:
            datasets: only these; None is all.
            methods: only these; None is all.
            status: only cells that ended so.
        """
        for record in self.store.records(datasets, methods, status):
            yield record, outdated(record, partial(self._modules, record.key))

    def verify(self) -> Verified:
        """Read every cell and check its checksum; damaged ones are set aside."""
        keys = sorted(entry.name for entry in self.store.cells.iterdir() if entry.is_dir())
        damaged, newer = {}, {}
        for key in keys:
            try:
                problem = self.store.problem(key)
            except NewerFormatError as error:
                newer[key] = str(error)
                continue
            if problem:
                damaged[key] = self.store.set_aside(key), problem
        return Verified(len(keys), damaged, newer)

    def prune(self, kinds: Collection[str], delete: bool = False) -> Pruned:
        """Return what is no longer needed, and delete it if that is wanted.

        Args:
            kinds: of ``failed``, ``stale``, ``unasked``, ``damaged`` and ``cache``.
            delete: delete it, and what killed drivers left behind.

        Raises:
            UsageError: nothing was chosen, or nobody can say what is ``unasked``.
            RecbenchError: something cannot be deleted.
        """
        if not kinds:
            raise UsageError("nothing was chosen.", "Name what may go, such as --failed or --cache.")
        found = candidates(self.store, kinds, outdated)
        size = sum(
            path.stat().st_size for place in found for path in [place, *place.rglob("*")] if path.is_file()
        )
        if delete:
            remove(self.store, found)
        return Pruned({place.relative_to(self.store.root): why for place, why in found.items()}, size)

    def export(self, archive: Path | str) -> tuple[int, dict[str, str]]:
        """Write all cells to an archive; return how many, and which were left out and why.

        Raises:
            UsageError: the name is not that of an archive.
            RecbenchError: it cannot be written.
        """
        out = Path(archive)
        if not out.name.endswith((".tar.gz", ".tgz")):
            hint = "Name it results.tar.gz; one cell's people are written with --cell KEY people.csv."
            raise UsageError(f"an archive of all cells is a .tar.gz, and {out.name} is not called so.", hint)
        return export_cells(self.store, out)

    def export_people(self, cell: str, out: Path | str) -> int:
        """Write one cell's people as CSV and return how many; no text in it is a formula.

        Args:
            cell: its key, or the beginning of it.
            out: the file.

        Raises:
            UsageError: there is no such cell, or it has no people.
            RecbenchError: the file cannot be written.
        """
        people = self.store.people(self.store.find(cell).key)
        people = people.drop(columns=[name for name in people if str(name).startswith("e__")])
        path = Path(out)
        try:
            with written_whole(path) as fresh:
                without_formulas(people).to_csv(fresh, index=False)
        except OSError as error:
            raise unwritable(path, error) from error
        return len(people)

    def add(self, archive: Path | str) -> Added:
        """Add the cells of an archive that another machine exported, each verified first.

        Raises:
            UsageError: it holds anything else than cells, or too much.
        """
        return import_cells(self.store, Path(archive))

    def _modules(self, key: str) -> Mapping[str, str]:
        return self.store.full(key).cell.code.modules
