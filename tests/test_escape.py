from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path

import html5lib
import pytest
from hypothesis import assume, given, settings, strategies as st
from markdown_it import MarkdownIt
from pylatexenc.latexwalker import LatexWalker

from recbench import escape

from .hostile import NAMES

MARKS = "[]()*_`~<>&$#|\\^%{}'\"=+-@:!.1a \n\t\x1b"
TEXTS = st.one_of(st.sampled_from(NAMES), st.text(max_size=30), st.text(MARKS, max_size=30))


@given(TEXTS)
def test_a_terminal_gets_nothing_to_obey(text: str) -> None:
    shown = escape.visible(text)
    hidden = {letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {"\u200c", "\u200d"}
    shown.encode()


def test_what_is_written_out_can_be_read() -> None:
    assert escape.visible("\x1b[31mred\n\x9b\u202eab\ud800") == "\\x1b[31mred\\n\\x9b\\u202eab\\ud800"
    assert escape.visible("naïve שלום 👩‍🔬") == "naïve שלום 👩‍🔬"


def markdown_words(text: str) -> str:
    """Return what a reader of Markdown sees, and fail if it is anything but words."""
    tokens = MarkdownIt("gfm-like").disable("linkify").parse(text)
    (inline,) = (token for token in tokens if token.type == "inline")
    kinds = {child.type for child in inline.children or []}
    assert kinds <= {"text", "text_special"}, kinds
    return "".join(child.content for child in inline.children or [])


@settings(max_examples=300)
@given(TEXTS)
def test_markdown_shows_the_text_itself(text: str) -> None:
    # Paragraphs and cells lose blanks at their ends, and unusual ones are blanks to Markdown too.
    expected = escape.visible(text).strip()
    assume(expected and not re.search(r"[^\S ]", expected))
    assert markdown_words(escape.markdown_line(text)) == expected
    table = f"| a | b |\n|---|---|\n| {escape.markdown(text)} | 2 |\n"
    cells = [t.children for t in MarkdownIt("commonmark").enable("table").parse(table) if t.type == "inline"]
    assert len(cells) == 4
    assert "".join(child.content for child in cells[2] or []) == expected


@settings(max_examples=200)
@given(TEXTS)
def test_latex_has_no_command_but_letters(text: str) -> None:
    printed = escape.latex(text)
    assert "\n" not in printed and "\r" not in printed
    assert not printed.startswith(("[", "*")), "after a line's end it would be an argument"
    found = set()
    nodes = LatexWalker(printed, tolerant_parsing=False).get_latex_nodes()[0]
    while nodes:
        node = nodes.pop()
        if hasattr(node, "macroname"):
            found.add(node.macroname)
        nodes += getattr(node, "nodelist", None) or []
    assert all(name.startswith("text") or name in {*"&%$#_{}", "ldots"} or name.islower() for name in found)
    assert not found & {"input", "include", "write", "def"}


@given(TEXTS)
def test_html_shows_the_text_itself(text: str) -> None:
    page = f'<!DOCTYPE html><title>t</title><p title="{escape.html(text)}">{escape.html(text)}</p>'
    body = html5lib.HTMLParser(strict=True).parse(page)
    paragraph = body.find(".//{*}p")
    assert "".join(paragraph.itertext()) == paragraph.get("title") == escape.visible(text)
    assert len(body.findall(".//{*}body/*")) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-a", "@SUM(1)", "\t=1", "\r=1", "\n=1", "'=1", "＝1"])
def test_a_formula_becomes_a_text_that_can_be_taken_back(text: str) -> None:
    assert escape.csv_text(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-5", "+1.5e3", "a=1", "'a'", "", "x-1", -5, 1.5, None, True])
def test_numbers_and_words_stay_as_they_are(value: object) -> None:
    assert escape.csv_text(value) == value
    assert escape.csv_cell(value) == value


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_csv_has_one_line_per_line(texts: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out).writerow(map(escape.csv_cell, texts))
    assert out.getvalue().count("\n") == 1
    (back,) = csv.reader(io.StringIO(out.getvalue()))
    assert len(back) == len(texts)


@given(st.lists(TEXTS, min_size=2, max_size=5, unique=True))
def test_pictures_show_short_and_different_names(texts: list[str]) -> None:
    shown = escape.in_pictures(texts)
    assert all(len(text) <= 36 for text in shown.values() if text.isascii())
    assert len({*shown.values()}) == len({escape.visible(text) for text in texts})


def test_long_names_that_differ_in_the_middle_only_stay_different() -> None:
    one, other = ("x" * 100 + letter + "x" * 100 for letter in "ab")
    shown = escape.in_pictures([one, other])
    assert len({*shown.values()}) == 2
    assert all(len(text) <= 36 and "…" in text for text in shown.values())


@given(TEXTS)
def test_a_file_name_stays_in_its_folder(text: str) -> None:
    name = escape.file_name(text)
    assert re.fullmatch(r"\w[\w.\-]{0,80}", name, re.ASCII)
    assert (Path("folder") / f"{name}.pdf").resolve().parent == Path("folder").resolve()


@given(TEXTS, TEXTS)
def test_file_names_do_not_collide(one: str, other: str) -> None:
    assume(one != other)
    assert escape.file_name(one) != escape.file_name(other)
    # Not even the name of a name is that of something else.
    assert escape.file_name(escape.file_name(one)) != escape.file_name(one) or escape.file_name(one) == one


def test_plain_names_stay_file_names() -> None:
    for name in ("loan", "german_credit", "a-b.c", "German"):
        assert escape.file_name(name) == name
