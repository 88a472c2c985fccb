"""Errors a user can mend: one line that says what is wrong, and one hint on how to put it right."""

from collections.abc import Iterable
from difflib import get_close_matches


class RecbenchError(Exception):
    """Something failed that recbench understands (exit code 1).

    ``message`` says what is wrong in one line; ``hint``, if any, says how to mend it.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.hint))


class UsageError(RecbenchError):
    """The request itself is wrong: an unknown name, a bad value, a malformed file (exit code 2)."""

    exit_code = 2


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """Return the error for a ``name`` that is not among ``known``, with the nearest names as hint."""
    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        hint = f"Did you mean {' or '.join(close)}?"
    elif names:
        hint = f"Known: {', '.join(names)}."
    else:
        hint = "None is registered."
    return UsageError(f"unknown {kind} {name!r}.", hint)


def brief(value: object, most: int = 60) -> str:
    """Return a value as Python writes it, cut short where somebody gave a very long one."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."
