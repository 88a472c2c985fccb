"""A table of which every name, category, id and label is something that a terminal, a spreadsheet, TeX,
a browser, matplotlib or a file system would obey, and a results folder with its cells."""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

NAMES = (
    "[b]",
    "[/b]",
    "$x_{$",
    "=1+1",
    "<script>alert(1)</script>",
    "\\input{x}",
    "\x1b[31mred",
    "line\nbreak",
    "long " + "x" * 300,
    "\u202eשלום",
    "a|b",
    "`code`",
    ":smile:",
    "{{ 7 }} %s {0}",
    "../../up",
    "'\"&lt;",
    "_under_",
    "^^5cinput # %",
)
"""What a name can be."""

STEM = "=cmd|x [b] $y_{$ \x1b[31m"
LABELS = ("nnr [/b] $x_{$\nbreak \x1b]0;title\x07", "=1+1|<script>alert(1)</script> \\input{x} \u202e")
IDS = ("=1+1", "[b]", "\x1b[2J", "line\nbreak", "<script>", "שלום", "$x_{$")


def table(rows: int = 200) -> pd.DataFrame:
    """Return people whose first number decides."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"=id\n[b]": [f"{IDS[row % len(IDS)]}{row}" for row in range(rows)]})
    for at, name in enumerate(NAMES):
        frame[name] = (
            rng.integers(0, 100, rows) if at % 3 else rng.choice(list(NAMES[at:] + NAMES[:at])[:4], rows)
        )
    good = frame[NAMES[1]] + rng.normal(0, 10, rows) > 50
    frame["<b>target</b>\n"] = np.where(good, "=yes|[b]", "\x1bno")
    return frame


def schema() -> dict[str, object]:
    """Return the schema of the table."""
    features: list[dict[str, object]] = []
    for at, name in enumerate(NAMES):
        if at % 3:
            features.append(
                {"name": name, "kind": ("integer", "continuous")[at % 2], "lower": 0, "upper": 100}
            )
        else:
            categories = list(NAMES[at:] + NAMES[:at])[:4]
            features.append({"name": name, "kind": "categorical", "categories": categories})
    target = {"name": "<b>target</b>\n", "favourable": ["=yes|[b]"]}
    return {"id": "=id\n[b]", "features": features, "target": target}


@dataclass
class Hostile:
    """The files, and the results folder made from them."""

    data: Path
    schema: Path
    suite: Path
    results: Path


class Terminal(io.StringIO):
    """What is printed on a terminal."""

    def isatty(self) -> bool:
        return True


def recbench_here(*words: object, terminal: bool = False) -> tuple[int, str, str]:
    """Run the command line in this process; return its exit code and what it printed."""
    from recbench.cli import main

    kind = Terminal if terminal else io.StringIO
    out, err, code = kind(), kind(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def obeyed(printed: str) -> set[str]:
    """Return what a terminal would obey in a text, beside line breaks, tabs and what rich itself writes."""
    plain = re.sub(r"\x1b\[(\d+(;\d+)*)?m|\x1b\[\?25[lh]|\x1b\[\d*[AK]|\r", "", printed)
    return {letter for letter in plain if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp")} - {
        *"\n\t"
    }


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """A results folder with two finished methods on the hostile table, mirrored into MLflow."""
    home = tmp_path_factory.mktemp("hostile")
    made = Hostile(home / f"{STEM}.csv", home / "schema.yaml", home / "suite.yaml", home / "results")
    table().to_csv(made.data, index=False)
    made.schema.write_text(yaml.safe_dump(schema(), allow_unicode=True), encoding="utf-8")
    methods = [{"name": "nnr", "label": LABELS[0]}, {"name": "unchanged", "label": LABELS[1]}]
    suite = {"name": "[b] =1+1 <script>", "description": "\x1b[31m\n\\input{x}", "methods": methods}
    made.suite.write_text(yaml.safe_dump({**suite, "factuals": 10}), encoding="utf-8")
    words = ["--data", made.data, "--schema", made.schema, "--results", made.results]
    code, _, err = recbench_here("run", made.suite, *words)
    assert code == 0, err
    return made
