"""Table: results laid out, to be looked at in a notebook, printed, or written in the format of a paper."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recbench.errors import UsageError
from recbench.report import tables
from recbench.report.layout import Sheet
from recbench.report.values import Spread
from recbench.store.folder import unwritable

if TYPE_CHECKING:
    from recbench.report.rows import Row

Shape = Literal["markdown", "latex", "html", "csv", "json"]
SHAPES: tuple[Shape, ...] = ("markdown", "latex", "html", "csv", "json")
_BY_SUFFIX: dict[str, Shape] = {
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
    ".csv": "csv",
    ".json": "json",
}


class Table:
    """A table laid out; ``print`` it, or write it with :meth:`save`.

    Attributes:
        sheet: heads, lines and notes.
        lines: its contents as plain data.

    Args:
        sheet: as it is laid out on paper.
        lines: its contents as plain data.
        rows: the rows it is of, for CSV.
        columns: the metrics it shows, for CSV.
        on_screen: metrics and spread of its rows on a terminal, which has less room; None is as on paper.
    """

    def __init__(
        self,
        sheet: Sheet,
        lines: Sequence[dict[str, Any]],
        rows: Sequence[Row] = (),
        columns: Sequence[str] = (),
        on_screen: tuple[Sequence[str], Spread | None] | None = None,
    ) -> None:
        self.sheet, self.lines = sheet, list(lines)
        self._rows, self._columns, self._on_screen = rows, columns, on_screen

    def __str__(self) -> str:
        return tables.markdown(self.sheet)

    def _repr_html_(self) -> str:
        return tables.html(self.sheet)

    def show(self) -> None:
        """Print the table for people: ruled on a terminal, Markdown elsewhere."""
        from recbench.api.screen import print_sheet, print_table

        if self._on_screen is None:
            print_sheet(self.sheet)
        else:
            print_table(self._rows, *self._on_screen)

    def text(self, shape: Shape) -> str:
        """Return the table in one of the formats.

        Raises:
            UsageError: there is no such format.
        """
        if shape == "markdown":
            return tables.markdown(self.sheet, marks=True)
        if shape == "latex":
            return tables.latex(self.sheet)
        if shape == "html":
            return tables.html_page(self.sheet)
        if shape == "csv":
            return tables.as_csv(self._rows, self._columns) if self._rows else tables.plain_csv(self.lines)
        if shape == "json":
            return json.dumps(self.lines, indent=1) + "\n"
        raise UsageError(f"there is no format {shape!r}.", f"Known: {', '.join(SHAPES)}.")

    def save(self, path: Path | str, shape: Shape | None = None) -> Path:
        """Write the table to a file and return its path.

        Args:
            path: the file; its folder is made if it is not there.
            shape: the format; None is by the file's suffix, else Markdown.

        Raises:
            RecbenchError: the file cannot be written.
        """
        out = Path(path)
        written = self.text(shape or _BY_SUFFIX.get(out.suffix, "markdown"))
        try:
            if not out.parent.is_dir():
                out.parent.mkdir(parents=True)
            out.write_text(written, encoding="utf-8")
        except OSError as error:
            raise unwritable(out, error) from error
        return out
