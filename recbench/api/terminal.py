"""Terminal: how text that people and plug-ins named reaches a terminal, or a notebook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from recbench.escape import visible
from recbench.tracking.addresses import without_secrets

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["console", "is_terminal", "visible", "without_secrets", "words"]


def is_terminal(err: bool = False) -> bool:
    """Return whether standard output, or standard error, is a terminal that somebody looks at."""
    return (sys.stderr if err else sys.stdout).isatty()


def console(err: bool = False) -> Console:
    """Return a rich console to which text is text: no markup, no emoji by name, no guessed colours."""
    from rich.console import Console

    return Console(stderr=err, markup=False, emoji=False, highlight=False)


def words(text: str, style: str = "") -> Text:
    """Return text of one line for a rich table or console."""
    from rich.text import Text

    return Text(visible(text), style)
