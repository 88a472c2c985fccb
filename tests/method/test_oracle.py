"""The row that sees the judge: what it returns, and that it competes with nobody."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from recbench.data.dataset import Dataset
from recbench.method.oracle import LABEL, ORACLE
from recbench.method.oracle.search import Oracle
from recbench.plugins import registry
from recbench.plugins.cards import MethodCard
from recbench.protocol.judging import prepare_judge
from recbench.protocol.prepare import prepare
from recbench.report import layout
from recbench.report.rows import rows_of
from recbench.rng import Rng
from recbench.run.execute import run_cell
from recbench.run.plan import plan
from recbench.run.versions import method_card
from recbench.suite import Suite
from recbench.task.cache import Cache

Recbench = Callable[..., subprocess.CompletedProcess[str]]
SUITE = Suite(methods=["nnr", "unchanged"], classifiers=["linear"], factuals=40, oracle=True)


def test_it_finds_the_cheapest_known_row_that_the_judge_accepts(people: Dataset) -> None:
    recipe = SUITE.task_recipe(SUITE.classifiers[0])
    prepared = prepare(people, recipe, 0, Cache(None))
    judge = prepare_judge(prepared, recipe, SUITE.judge.lof, 0, Cache(None))
    oracle = Oracle(people, judge)
    oracle.fit(prepared.task, Rng(0))
    recourse = oracle.generate(prepared.factuals, Rng(0).people(prepared.people))
    found = recourse.found
    assert bool(found.any())
    assert [not reason for reason in recourse.reasons] == found.tolist()
    rows, x = recourse.counterfactuals[found], prepared.factuals[found]
    assert (judge.probability(rows) > 0.5).all() and judge.inlier(judge.lof_score(rows)).all()
    assert not bool(prepared.task.feasible(x).violations(rows).any())
    known = torch.cat([people.encoder.encode(frame) for frame in (people.train, people.test)])
    good = known[torch.from_numpy(judge.probability(known) > 0.5)]
    good = good[torch.from_numpy(judge.inlier(judge.lof_score(good)))]
    cost = prepared.task.pairwise_cost(x, good)
    cost[~prepared.task.feasible(x).admits(good)] = torch.inf
    assert torch.allclose(prepared.task.cost(x, rows), cost.min(dim=1).values, atol=1e-5)


def test_it_stands_last_and_is_never_ranked(people: Dataset) -> None:
    recipe = SUITE.task_recipe(SUITE.classifiers[0])
    prepared = prepare(people, recipe, 0, Cache(None))
    judge = prepare_judge(prepared, recipe, SUITE.judge.lof, 0, Cache(None))
    cells = plan(SUITE, {"people": people})
    assert [cell.label for cell in cells] == ["nnr", "unchanged", LABEL]
    records = [run_cell(cell, prepared, judge, lambda *said: None).record for cell in cells]
    rows = rows_of(records)
    assert rows[-1].method == LABEL and rows[-1].sees_judge
    assert (rows[-1].mean("score") or 0) > max(row.mean("score") or 0 for row in rows[:-1])
    sheet = layout.long(rows)
    assert all(entry.rank is None for entry in sheet.body[-1])
    assert any(LABEL in note and "not ranked" in note for note in sheet.notes)


def test_no_plug_in_is_called_so_and_no_suite_can_ask_for_it_as_a_method() -> None:
    assert ORACLE.name not in registry.methods.names()
    assert method_card(ORACLE.name) is ORACLE
    assert isinstance(method_card("nnr"), MethodCard)


@pytest.mark.parametrize("flags", [[], ["--with-oracle"]])
def test_only_the_flag_brings_it(recbench: Recbench, tmp_path: Path, flags: list[str]) -> None:
    done = recbench("run", "--methods", "nnr", "--dry-run", "--json", "--results", tmp_path, *flags)
    assert done.returncode == 0, done.stderr
    cells = [row["cell"] for row in json.loads(done.stdout)]
    assert any(LABEL in cell for cell in cells) == bool(flags)
    assert recbench("run", "--methods", "oracle", "--dry-run", "--results", tmp_path).returncode == 2
