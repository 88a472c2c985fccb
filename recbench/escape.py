r"""Escape: text that people gave, made fit for the place where it is shown. One function per place.

Names, categories, ids, labels and reasons are data. Wherever they are printed or written they pass through
here, so that none of them is taken for markup, a formula, a command of the terminal, or a path.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from html import escape as _escape_html

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of what is not seen: controls, formats (such as overrides of the direction of
writing), halves of characters, and the two separators that break lines."""
_JOINERS = "\u200c\u200d"
"""Formats without which some scripts and emoji are misspelt."""


def visible(text: str) -> str:
    r"""Return text of one line for a terminal or a log: what is not seen is written out, as ``\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written_out(letter) if _is_hidden(letter) else letter for letter in text)


def _is_hidden(letter: str) -> bool:
    return letter not in _JOINERS and unicodedata.category(letter) in _HIDDEN


def _written_out(letter: str) -> str:
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")


_MARKDOWN = re.compile(r"[\\`*\[\]<$|]|_(?![^\W_])|(?<![^\W_])_|~(?=~)|(?<=~)~|&(?=#?\w+;)")
_BLOCK = re.compile(r"(?:(?=[#+\->=:])|(\d+)(?=[.)]))(.)")


def markdown(text: str) -> str:
    """Return text for a cell of a Markdown table, or for the middle of a paragraph."""
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))


def markdown_line(text: str) -> str:
    """Return text for a paragraph of its own, where the first letters could begin a heading or a list."""
    words = markdown(text.strip(" "))
    block = _BLOCK.match(words)
    return words if block is None else f"{block[1] or ''}\\{words[block.start(2) :]}"


_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "[": "{[}",  # after the end of a line, [ and * would be arguments of it
    "*": "{*}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "±": r"$\pm$",
    "∞": r"$\infty$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "×": r"$\times$",
    "−": r"$-$",
    "⁺": r"$^{+}$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "\0": "{}",
}


def latex(text: str) -> str:
    """Return text for LaTeX, also for a comment; letters beyond Latin and Greek need XeLaTeX or LuaLaTeX."""
    # Two hyphens in a row would be a dash; \0 cannot be left in visible text.
    words = re.sub("-(?=-)", "-\0", visible(text))
    return "".join(_LATEX.get(letter) or _greek(letter) for letter in words)


def _greek(letter: str) -> str:
    """Return a Greek letter as a command: plain LaTeX has none in its fonts."""
    name = unicodedata.name(letter, "")
    if not name.startswith("GREEK SMALL LETTER ") or " WITH " in name:
        return letter
    word = {"LAMDA": "lambda"}.get(name.split()[-1], name.split()[-1].lower())
    return f"$\\{word}$"


def html(text: str) -> str:
    """Return text for HTML: between tags, or in an attribute within quotes."""
    return _escape_html(visible(text))


# Those that begin with apostrophes get one more, so that taking one away gives every text back.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+\-]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?")


def csv_cell(value: object) -> object:
    """Return a value for a cell that people read in a spreadsheet or on a terminal; numbers stay numbers."""
    text = csv_text(value)
    return visible(text) if isinstance(text, str) else text


def csv_text(value: object) -> object:
    """Return a value for a CSV file: a text that a spreadsheet would compute begins with an apostrophe.

    Texts that are nothing but a number stay as they are, and so do numbers.
    """
    is_formula = isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value


_LONGEST_SHOWN = 36


def in_pictures(texts: Iterable[str], longest: int = _LONGEST_SHOWN) -> dict[str, str]:
    """Return texts as pictures show them, each different: of long ones the middle is left out.

    Pictures are drawn with ``text.parse_math`` off, so ``$`` needs nothing.
    """
    shown = {text: shortened(visible(text), longest) for text in texts}
    counts = Counter(shown.values())
    return {
        text: short if counts[short] == 1 else f"{shortened(short, longest - 9)} {_mark(text)}"
        for text, short in shown.items()
    }


def _mark(text: str) -> str:
    """Return eight letters that tell a text from others."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def shortened(text: str, longest: int) -> str:
    """Return text of at most ``longest`` letters, with an ellipsis for what is left out."""
    if len(text) <= longest:
        return text
    end = longest // 2
    return f"{text[: longest - end - 1]}…{text[-end:]}"


_LONGEST_FILE = 60
_MARKED = re.compile(r"(.*-)?[0-9a-f]{8}")


def file_name(text: str) -> str:
    """Return a name for a file, without folders; different texts never give the same name.

    Letters, digits, points, hyphens and underscores stay; whatever is changed or cut is told apart by a
    few letters of a hash.
    """
    kept = re.sub(r"[^\w.\-]+", "-", text, flags=re.ASCII).strip(".-_")
    if text and kept == text and len(text) <= _LONGEST_FILE and not _MARKED.fullmatch(text):
        return text
    return f"{kept[:_LONGEST_FILE].rstrip('.-_')}-{_mark(text)}".lstrip("-")
