"""``recbench data``: the files of the data sets, and whether they are what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from recbench.cli.terminal import console, echo, is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@click.group("data")
def command() -> None:
    """Fetch and verify the files of the data sets (`recbench datasets` lists them).

    loan, moons, circles and corr are generated and need no files. adult, compas and heloc are
    downloaded once into your cache folder, when a run first needs them or by `fetch`. Where there is
    no network, put their files in a folder and set RECBENCH_DATA_HOME to it; where only a mirror can
    be reached, set RECBENCH_DATA_URL to it. Every file is checked against its pinned SHA-256.

    A table of your own needs neither: recbench run --data FILE --schema YAML.
    """


@command.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    """Download the files of the named data sets, or of all that have some.

    What is already here and right is kept; a corrupt file is downloaded anew.

    \b
    Examples:
      recbench data fetch
      recbench data fetch adult compas
    """
    from recbench.api import tables

    with _Bars() as bars:
        for name, path, is_new in tables.fetch(names, bars.of):
            if path is None:
                echo(f"{name}: generated, nothing to fetch.")
            else:
                echo(f"{name}: {path} {'downloaded' if is_new else 'is here'}.")


@command.command()
@click.argument("name")
def path(name: str) -> None:
    """Print where the files of a data set are, one per line.

    \b
    Example:
      head -3 "$(recbench data path compas | head -1)"
    """
    from recbench.api import tables

    for one in tables.files_of(name):
        click.echo(str(one))


@command.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
def verify(names: tuple[str, ...]) -> None:
    """Check files against their pinned SHA-256; exit 1 if one is corrupt, or named and not here.

    \b
    Examples:
      recbench data verify
      recbench data verify heloc
    """
    from recbench.api import tables

    faults = 0
    for one in tables.verify(names):
        if isinstance(one, str):
            echo(f"{one}: generated, no files.")
            continue
        echo(f"{one.dataset}: {one.path}: {one.state}.")
        faults += one.is_corrupt or (bool(names) and not one.is_ready)
    if faults:
        click.echo("recbench data fetch downloads what is missing or corrupt.", err=True)
        click.get_current_context().exit(1)


class _Bars:
    """Progress bars of downloads, on a terminal only."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def __enter__(self) -> _Bars:
        if is_terminal(err=True):
            from rich.progress import Progress

            self._progress = Progress(console=console(err=True), transient=True)
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def of(self, file: str) -> Any:
        """Return a bar for a file, as pooch wants one; None where nobody looks."""
        if self._progress is None:
            return None
        return _Bar(self._progress, self._progress.add_task(file, total=None))


class _Bar:
    """A rich progress bar as pooch wants one."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task
        self.total = 0

    def update(self, count: int) -> None:
        self._progress.update(self._task, advance=count, total=self.total or None)

    def reset(self) -> None:
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Rich ends the bar itself."""
