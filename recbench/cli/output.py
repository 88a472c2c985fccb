"""What several commands print."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from recbench.api.cells import CellRecord


def print_records(records: Iterable[tuple[CellRecord, dict[str, str]]]) -> None:
    """Print cells as a JSON array, one by one: there may be more than fit into memory.

    Args:
        records: each with further fields to print.
    """
    from recbench.api.cells import MODULES

    before = "["
    for record, more in records:
        text = record.model_dump_json(ensure_ascii=True, exclude=MODULES)
        further = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in more.items())
        click.echo(f"{before}{text[:-1]}{further}}}", nl=False)
        before = ",\n"
    click.echo("[]" if before == "[" else "]")
