"""The command line. Commands are imported when they are called, so ``--help`` stays quick.

Exit codes: 0 all well, 1 something failed, 2 the request was wrong, 3 some cells failed,
130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from recbench import __version__
from recbench.api.terminal import visible
from recbench.errors import RecbenchError, unknown_name

# Command -> (module, one line of help), in the order a newcomer needs them.
_COMMANDS = {
    "run": ("recbench.cli.run", "Run methods on data sets and score them."),
    "status": ("recbench.cli.status", "Say how far a sweep is."),
    "table": ("recbench.cli.table", "Print the results as a table."),
    "plot": ("recbench.cli.plot", "Draw the figures of a paper."),
    "report": ("recbench.cli.report", "Write one HTML page with tables and figures."),
    "show": ("recbench.cli.show", "Show one person before and after."),
    "ui": ("recbench.cli.ui", "Open MLflow's pages on the results."),
    "methods": ("recbench.cli.listing:methods", "List the recourse methods, or explain one."),
    "datasets": ("recbench.cli.listing:datasets", "List the data sets, or explain one."),
    "classifiers": ("recbench.cli.listing:classifiers", "List the classifiers, or explain one."),
    "metrics": ("recbench.cli.listing:metrics", "List the metrics, or explain one."),
    "suites": ("recbench.cli.listing:suites", "List the suites."),
    "data": ("recbench.cli.data", "Fetch and verify the files of data sets."),
    "check": ("recbench.cli.check", "Check that a method keeps the contract."),
    "tune": ("recbench.cli.tune", "Find a method's parameters without looking at test people."),
    "score": ("recbench.cli.score", "Add metrics to stored results."),
    "store": ("recbench.cli.store", "List, verify, prune and export stored cells."),
    "sync": ("recbench.cli.sync", "Mirror the stored results into MLflow."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute or "command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            raise unknown_name("command", args[0], _COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has its own --help. --debug anywhere shows the traceback of an error.",
)
@click.version_option(__version__, prog_name="recbench")
def cli() -> None:
    """Benchmark algorithmic recourse.

    For people a classifier turned down, which method gives them changes that are cheap, realistic
    and really work?

    \b
    Begin with:
      recbench run --methods genre,wachter
      recbench table
      recbench ui
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit; a user's error is one line, without a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words or bool(os.environ.get("RECBENCH_DEBUG"))
    words = [word for word in words if word != "--debug"]
    try:
        code = cli.main(words, prog_name="recbench", standalone_mode=False, obj=words)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted. Finished cells are kept; the same command goes on from there.")
        code = 130
    except Exception as error:
        if debug:
            raise
        code = _explain(error)
    sys.exit(code if isinstance(code, int) else 0)


def _explain(error: Exception) -> int:
    if isinstance(error, RecbenchError):
        _say(f"error: {error}")
        return error.exit_code
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return 0
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f" See `{context.command_path} --help`." if context else ""
        _say(f"error: {error.format_message()}{hint}")
        return 2 if isinstance(error, click.UsageError) else 1
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return 1
    if isinstance(error, OSError):
        _say(f"error: {error.strerror or error}" + (f": {error.filename}." if error.filename else "."))
        return 1
    _say(f"error: {type(error).__name__}: {error}. This is a fault of recbench; --debug shows where.")
    return 1


def _say(text: str) -> None:
    from recbench.api.terminal import without_secrets

    click.echo(visible(without_secrets(" ".join(text.split()))), err=True)
