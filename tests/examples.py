"""The examples of a page: its blocks of code, and what a comment before one says unseen by readers.

    <!-- planned (takes minutes): recbench run genre-paper -->
    <!-- not run (a server): recbench ui -->

``planned`` adds ``--dry-run``, so that everything but the work is done; ``parsed`` looks at the options only;
``not run`` leaves out. What follows the colon is how the commands begin, nothing is the whole block; a
comment may have several lines. ``<!-- first: COMMAND -->`` runs a command that readers need not see. A block
below a line that is a file's name in backquotes and a colon is that file.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
_DOCS = sorted(f"docs/{one.name}" for one in ROOT.glob("docs/*.md"))
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", *_DOCS]
RECORDS = sorted(str(one.relative_to(ROOT)) for one in ROOT.glob("results/**/README.md"))
"""Pages that say which commands made something: they are read, and never run again."""
HOWS = ("planned", "parsed", "not run")

_FILE = re.compile(r"`([\w./-]+)`:")
_NOTE = re.compile(r"(planned|parsed|not run) \(([^)]+)\):(.*)|(first):(.*)")
_END = {"&&", "||", "|", ";", "&"}


@dataclass(frozen=True)
class Note:
    """What a comment says of the block below it."""

    how: str
    reason: str
    begins: str


@dataclass
class Block:
    """A block of code.

    Attributes:
        place: page and line.
        language: as the fence names it.
        text: its lines.
        file: its name, if it is the contents of a file.
        notes: how its commands are treated that are not simply run.
        first: commands that are run before it.
    """

    place: str
    language: str
    text: str
    file: str = ""
    notes: list[Note] = field(default_factory=list)
    first: list[str] = field(default_factory=list)

    def note(self, line: str) -> Note | None:
        """Return the note that says most of a command."""
        fitting = [note for note in self.notes if line.startswith(note.begins)]
        return max(fitting, key=lambda note: len(note.begins), default=None)

    def unfitting(self) -> list[Note]:
        """Return the notes that say something of no command here."""
        lines = [""] if self.language == "python" else [shlex.join(words) for words in commands(self.text)]
        fitting = [self.note(line) for line in lines]
        return [note for note in self.notes if note not in fitting]


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page, in order."""
    found = []
    tokens = MarkdownIt("commonmark").parse((ROOT / page).read_text(encoding="utf-8"))
    before, paragraph = "", ""
    for token in tokens:
        if token.type == "html_block":
            before = token.content
        elif token.type == "inline":
            paragraph = token.content
        elif token.type == "fence":
            block = Block(f"{page}:{(token.map or [0])[0] + 1}", token.info.strip(), token.content)
            named = _FILE.fullmatch(paragraph)
            block.file = named[1] if named else ""
            _annotate(block, before)
            found.append(block)
        if token.type not in ("html_block", "inline", "paragraph_open", "paragraph_close"):
            paragraph = ""
        if token.type != "html_block":
            before = ""
    return found


def _annotate(block: Block, comment: str) -> None:
    for line in comment.replace("<!--", "").replace("-->", "").splitlines():
        if not line.strip():
            continue
        said = _NOTE.fullmatch(line.strip())
        assert said, f"{block.place}: nobody knows what {line.strip()!r} means"
        if said[4]:
            block.first.append(said[5].strip())
        else:
            block.notes.append(Note(said[1], said[2], said[3].strip()))


def commands(text: str) -> Iterator[list[str]]:
    """Yield the commands of a few lines for a shell as words, comments and what joins commands left out."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        command: list[str] = []
        for word in words:
            if word in _END:
                yield command
                command = []
            else:
                command.append(word.removeprefix(".venv/bin/"))
        if command:
            yield command


def spoken(page: str) -> Iterator[str]:
    """Yield the command lines of recbench that stand inside the sentences of a page."""
    for token in MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8")):
        for child in token.children or ():
            if child.type == "code_inline" and child.content.startswith("recbench "):
                yield child.content


def hinted() -> Iterator[tuple[str, str]]:
    """Yield the command lines of recbench in messages, docstrings, suites and forms, with their file."""
    for folder in ("benchmarks", ".github"):
        for path in sorted((ROOT / folder).rglob("*.y*ml")):
            for line in re.findall(r"(?:# |`)(recbench [^`\n]+)", path.read_text(encoding="utf-8")):
                yield str(path.relative_to(ROOT)), line
    for folder in ("recbench", "methods/recbench_methods", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line in re.findall(r"`{1,2}(recbench [^`{}\"]+)`", path.read_text(encoding="utf-8")):
                yield str(path.relative_to(ROOT)), line
