"""``recbench check``: does a method keep the contract?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from recbench.cli.options import json_option, once
from recbench.cli.quantities import Settings
from recbench.cli.terminal import console, echo, echo_cells, is_terminal, words

if TYPE_CHECKING:
    from recbench.api.checking import CheckResult

_MARKS = {"passed": "green", "failed": "bold red", "expected failure": "yellow", "skipped": "dim"}


@click.command("check")
@click.argument("method")
@click.option("--set", "settings", multiple=True, type=Settings("epochs=50"), help="Set a parameter.")
@json_option
@click.pass_context
def command(
    context: click.Context, method: str, settings: tuple[tuple[str, Any], ...], as_json: bool
) -> None:
    """Run the conformance suite on METHOD: one named check per rule of the contract.

    The suite brings its own small tables and needs no files. Exit code 0 if every check passes, or
    fails as the method's card says that it will; 1 otherwise.

    \b
    Examples:
      recbench check genre
      recbench check genre --set steps=200
    """
    given = once(tuple((name.removeprefix(f"{method}."), value) for name, value in settings), "--set")
    from recbench import check_method
    from recbench.api.catalogue import describe
    from recbench.api.checking import rules_of_checks

    describe(method, "method")  # a misspelt name need not wait for torch
    if as_json or not is_terminal(err=True):
        results = check_method(method, given)
    else:
        with console(err=True).status("") as status:
            results = check_method(method, given, lambda name: status.update(words(f"checking {name}")))
    rules = rules_of_checks()
    if as_json:
        rows = [
            {"check": r.name, "rule": rules[r.name], "outcome": str(r.outcome), "message": r.message}
            for r in results
        ]
        click.echo(json.dumps(rows, indent=1))
    else:
        _print(method, results, rules)
    if any(str(result.outcome) == "failed" for result in results):
        context.exit(1)


def _print(method: str, results: list[CheckResult], rules: dict[str, str]) -> None:
    counts = {outcome: sum(str(r.outcome) == outcome for r in results) for outcome in _MARKS}
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    if not is_terminal():
        for result in results:
            echo_cells([result.name, str(result.outcome), result.message or rules[result.name]])
        echo(f"{method}: {summary}")
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Check", no_wrap=True)
    table.add_column("Outcome", no_wrap=True)
    table.add_column("Rule, or what is wrong")
    for result in results:
        outcome = words(str(result.outcome), _MARKS[str(result.outcome)])
        table.add_row(words(result.name), outcome, words(result.message or rules[result.name]))
    screen = console()
    screen.print(table)
    screen.print(words(f"{method}: {summary}", "bold"))
