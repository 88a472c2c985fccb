import csv
import io
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import html5lib
import pytest
from hypothesis import given, settings, strategies as st
from pylatexenc.latexwalker import LatexWalker

from recbench.report import layout, tables
from recbench.report.notes import notes
from recbench.report.rows import Planned, Row
from recbench.report.values import text
from recbench.statistics import Summary
from recbench.store.record import CellRecord, Score, Status
from recbench.task.recipes import LofRecipe, TaskRecipe
from tests.records import record_from


def record(**changes: object) -> CellRecord:
    values = {
        "key": "k",
        "status": Status.DONE,
        "dataset": "loan",
        "data_hash": "h",
        "classifier": "mlp",
        "method": "genre",
        "label": "genre",
        "params": {"k": 10},
        "made_by": "1",
        "seed": 0,
        "device": "cpu",
        "threads": 1,
        "chunk": 10,
        "recipe": TaskRecipe(),
        "lof": LofRecipe(),
        "people": 200,
        "finished": "2026-01-01T00:00:00+00:00",
        "environment": {"torch": "2"},
        "scores": scores(score=1.5, cost=0.4),
    }
    return record_from({**values, **changes})


def scores(**means: float) -> dict[str, Score]:
    return {
        name: Score(key="s", mean=mean, std=0.1, low=0.0, high=2.0, n=200) for name, mean in means.items()
    }


def markdown(rows: list[Row]) -> str:
    return tables.markdown(layout.long(rows))


def test_seeds_are_averaged_and_the_best_score_comes_first() -> None:
    rows = tables.rows_of(
        [
            record(scores=scores(score=1.0)),
            record(seed=1, scores=scores(score=2.0)),
            record(method="nnr", label="nnr", scores=scores(score=1.7)),
        ]
    )
    assert [row.method for row in rows] == ["nnr", "genre"]
    assert rows[1].values["score"].mean == pytest.approx(1.5)
    assert rows[1].seeds == [0, 1]
    assert rows[1].people == 400


def test_different_parameters_are_different_rows_and_say_so() -> None:
    rows = tables.rows_of([record(), record(params={"k": 20})])
    assert {row.method for row in rows} == {"genre (k=10)", "genre (k=20)"}


def test_different_people_are_different_rows() -> None:
    rows = tables.rows_of([record(), record(recipe=TaskRecipe(factuals=None))])
    assert {row.method for row in rows} == {"genre (factuals=200)", "genre (factuals=all)"}


def test_of_two_versions_the_newest_counts() -> None:
    rows = tables.rows_of(
        [
            record(scores=scores(score=9.0), finished="2026-02-01T00:00:00+00:00", made_by="2"),
            record(scores=scores(score=1.0)),
        ]
    )
    assert len(rows) == 1
    assert rows[0].values["score"].mean == 9.0


def test_failed_cells_are_named_with_their_reason() -> None:
    failed = record(status=Status.FAILED, reason="it broke", scores={}, seed=1)
    printed = markdown(tables.rows_of([record(), failed]))
    assert "genre, seed 1: failed: it broke" in printed
    only = markdown(tables.rows_of([failed]))
    assert "| failed |" in only


def test_mixed_versions_are_said() -> None:
    same = notes(tables.rows_of([record(), record(seed=1)]), ())
    mixed = notes(tables.rows_of([record(), record(seed=1, environment={"torch": "3"})]), ())
    assert len(mixed) == len(same) + 1


def test_json_has_mean_std_low_high() -> None:
    (row,) = json.loads(tables.as_json(tables.rows_of([record()])))
    assert row["dataset"] == "loan"
    assert row["method"] == "genre"
    assert row["people"] == 200
    assert row["score"] == {"mean": 1.5, "std": 0.1, "low": 0.0, "high": 2.0}


def test_csv_reads_back() -> None:
    (row,) = csv.DictReader(io.StringIO(tables.as_csv(tables.rows_of([record()]), ["score", "lof"])))
    assert float(row["score_mean"]) == 1.5
    assert row["lof_mean"] == ""


def several() -> list[Row]:
    return tables.rows_of(
        [
            record(label="a_b", scores=scores(cost=0.4, score=3)),
            record(label="c", scores=scores(cost=0.1, score=2)),
            record(label="d", scores=scores(cost=0.9, score=1)),
            record(label="floor", scores=scores(cost=0.0, score=0.5)),
        ]
    )


def test_latex_marks_best_and_second_and_escapes() -> None:
    lines = tables.latex(layout.long(several(), ["cost", "score"])).splitlines()
    body = lines[lines.index(r"\midrule") + 1 :]
    assert body[0] == r"loan & mlp & a\_b & 200 & 1 & \underline{0.40} & \textbf{3.000} \\"
    assert body[1].endswith(r"\textbf{0.10} & \underline{2.000} \\")
    assert "textbf" not in body[2]


def test_a_floor_that_changes_nobody_is_not_ranked() -> None:
    sheet = layout.long(several(), ["cost", "score"])
    assert [entry.rank for entry in sheet.body[3]] == [None] * 7
    assert any("floor, which is not ranked" in note for note in sheet.notes)


def test_values_that_print_alike_share_their_rank() -> None:
    rows = tables.rows_of(
        [
            record(label="a", scores=scores(score=1.00004)),
            record(label="b", scores=scores(score=1.0)),
            record(label="c", scores=scores(score=0.9)),
        ]
    )
    ranks = {line[2].text: line[-1].rank for line in layout.long(rows, ["score"]).body}
    assert ranks == {"a": 0, "b": 0, "c": 1}


def test_wide_has_a_group_per_data_set_and_a_line_per_method() -> None:
    rows = tables.rows_of(
        [
            record(scores=scores(cost=0.4, score=1)),
            record(dataset="moons", scores=scores(cost=0.5, score=2)),
            record(label="nnr", dataset="moons", scores=scores(cost=0.3, score=1.5)),
        ]
    )
    sheet = layout.wide(rows, ["cost", "score"])
    assert sheet.groups == [("", 1), ("loan", 2), ("moons", 2)]
    assert [[entry.text for entry in line] for line in sheet.body] == [
        ["genre", "0.40", "1.000", "0.50", "2.000"],
        ["nnr", "–", "–", "0.30", "1.500"],
    ]
    assert r"\cmidrule(lr){2-3} \cmidrule(lr){4-5}" in tables.latex(sheet)


def test_brief_says_below_what_is_the_same_everywhere() -> None:
    sheet = layout.long(tables.rows_of([record(), record(label="nnr")]), ["score"], brief=True)
    assert [column.title for column in sheet.columns] == ["Data set", "Method", "Score ↑"]
    assert sheet.notes[0] == "Classifier: mlp. People: 200. Seeds: 1."


def test_intervals_instead_of_deviations() -> None:
    (line,) = layout.long(tables.rows_of([record()]), ["score"], "ci").body
    assert line[-1].text == "1.500 [0.000, 2.000]"


def test_seconds_keep_two_significant_digits() -> None:
    values = {0.01234: "0.012", 1.26: "1.3", 61.4: "61", 1234.5: "1234", 0.0: "0.0"}
    assert {mean: text(Summary(mean=mean), "fit_seconds") for mean in values} == values


def test_planned_cells_that_never_ran_are_named() -> None:
    rows = tables.rows_of([record()], [Planned("loan", "mlp", "genre", 1), Planned("moons", "mlp", "nnr", 0)])
    printed = markdown(rows)
    assert "loan / mlp / genre, seed 1; moons / mlp / nnr, seed 0: not run" in printed
    assert "| genre | 200 | 1 of 2 |" in printed
    assert "| nnr | 0 | 0 of 1 | not run |" in printed


def test_metrics_that_failed_are_named() -> None:
    printed = markdown(tables.rows_of([record(unscored={"lof": "it broke"})]))
    assert "loan / mlp / genre, seed 0: lof was not computed: it broke" in printed


def test_seeds_with_the_same_people_are_noticed() -> None:
    again = [record(people_hash="a"), record(seed=1, people_hash="b"), record(seed=2, people_hash="a")]
    assert "loan / mlp: seeds 0 and 2 have the same people" in markdown(tables.rows_of(again))
    assert "the same people;" not in markdown(tables.rows_of(again[:2]))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_any_text_stays_itself_in_latex_and_html(text: str) -> None:
    sheet = layout.Sheet([layout.Column(text)], [[layout.Entry(text, 0)]])
    parser = html5lib.HTMLParser(strict=True)
    if not {unicodedata.category(letter) for letter in text} & {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}:
        cell = parser.parse(tables.html_page(sheet)).find(".//{*}td")
        assert "".join(cell.itertext()) == text
    printed = tables.latex(sheet)
    # Unescaped, these would change what LaTeX does.
    assert not re.search(r"(?<!\\)[&#%](?! \\usepackage)", printed.replace("\\textbackslash{}", ""))


def test_a_mark_is_a_class_in_html_and_each_table_has_its_own() -> None:
    both = tables.html(layout.long(several(), ["score"])) + tables.html(layout.long(several(), ["cost"]))
    page = html5lib.HTMLParser(namespaceHTMLElements=False).parse(both)
    first, second = page.iter("table")
    assert first.get("id") != second.get("id")
    marked = {cell.text: cell.get("class").split()[-1] for cell in first.iter("td") if "." in cell.text}
    assert marked == {"3.000": "best", "2.000": "second", "1.000": "col5", "0.500": "col5"}


def test_a_rule_stands_between_data_sets_and_each_is_named_once() -> None:
    data = ("adult", "adult", "loan")
    rows = tables.rows_of([record(dataset=name, label=f"m{at}") for at, name in enumerate(data)])
    lines = tables.latex(layout.long(rows, ["score"])).splitlines()
    body = lines[lines.index(r"\midrule") + 1 : lines.index(r"\bottomrule")]
    assert [line.split(" & ")[0] for line in body] == ["adult", "", r"\midrule", "loan"]


def test_tables_that_need_no_pandas_do_not_import_it() -> None:
    words = "import sys, recbench.report.tables, recbench.report.screen; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def latex_document(table: str) -> str:
    start = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs}\begin{document}"
    return f"{start}\n{table}\\end{{document}}\n"


@pytest.mark.parametrize("wide", [False, True])
def test_latex_compiles(tmp_path: Path, wide: bool) -> None:
    rows = tables.rows_of([record(label="genre (λ=5, k_1)"), record(label="50 % & more", dataset="a_b")])
    table = tables.latex(layout.wide(rows) if wide else layout.long(rows))
    (tmp_path / "table.tex").write_text(latex_document(table))
    for command in (
        ["tectonic", "table.tex"],
        ["pdflatex", "-interaction=batchmode", "-halt-on-error", "table"],
    ):
        if shutil.which(command[0]):
            subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
            return
    # No TeX here: at least every brace, group and environment closes, and each line has its columns.
    nodes = LatexWalker(table, tolerant_parsing=False).get_latex_nodes()[0]
    assert [node.environmentname for node in nodes if hasattr(node, "environmentname")] == ["tabular"]
    lines = [line for line in table.splitlines() if line.endswith(r"\\")]
    spans = [len(re.findall(r"(?<!\\)&", line)) + 1 for line in lines]
    groups = [sum(int(n) - 1 for n in re.findall(r"multicolumn\{(\d+)\}", line)) for line in lines]
    assert len({span + more for span, more in zip(spans, groups, strict=True)}) == 1


def test_html_is_valid() -> None:
    for sheet in (layout.long(several()), layout.wide(several())):
        html5lib.HTMLParser(strict=True).parse(tables.html_page(sheet))


def test_a_single_seed_shows_no_spread_and_several_do() -> None:
    assert "±" not in markdown(tables.rows_of([record()]))
    assert "±" in markdown(tables.rows_of([record(), record(seed=1, scores=scores(score=1.0))]))


def test_seeds_with_the_same_reason_stand_together() -> None:
    skipped, lost = "skipped: no", "lost: killed"
    reasons = {0: skipped, 1: skipped, 2: skipped, 4: lost, 6: lost, 9: "not run"}
    row = Row("loan", "mlp", "roar", "roar", problems=reasons)
    assert row.grouped_problems == [
        ("seeds 0-2", "skipped: no"),
        ("seeds 4, 6", "lost: killed"),
        ("seed 9", "not run"),
    ]
