"""Terminal: how text that people and plug-ins named reaches a terminal, or a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbench.escape import visible
from recbench.tracking.addresses import without_secrets

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["console", "visible", "without_secrets", "words"]


def console(err: bool = False) -> Console:
    """Return a rich console to which text is text: no markup, no emoji by name, no guessed colours."""
    from rich.console import Console

    return Console(stderr=err, markup=False, emoji=False, highlight=False)


def words(text: str, style: str = "") -> Text:
    """Return text of one line for a rich table or console."""
    from rich.text import Text

    return Text(visible(text), style)
