"""What `import recbench` offers, used as its documentation shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import recbench as rb
from recbench.store.record import Status


@pytest.fixture(scope="module")
def task() -> rb.Task:
    return rb.make_task(rb.load_dataset("loan"), classifier="mlp", seed=0)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> rb.Results:
    folder = tmp_path_factory.mktemp("api") / "results"
    return rb.run(
        methods=["nnr", "unchanged"], datasets=["loan"], seeds=range(2), factuals=20, results=folder
    )


def test_the_block_of_the_readme(tmp_path: Path) -> None:
    data = rb.load_dataset("loan")
    task = rb.make_task(data, classifier="mlp", seed=0)
    genre = rb.get_method("genre", draws=20, steps=20, temperature=0.5).fit(task, seed=0)
    answer = genre.recommend(task.rejected(15), k=3)
    assert list(answer) == ["person", "rank", *data.schema.names, "cost", "h", "changed", "reason"]
    genre.save(tmp_path / "genre.recbench")
    again = rb.load_method(tmp_path / "genre.recbench").recommend(task.rejected(15), k=3)
    pd.testing.assert_frame_equal(answer, again)

    results = rb.run(
        methods=["nnr", "wachter"],
        datasets=["loan"],
        seeds=range(2),
        jobs=2,
        factuals=20,
        results=tmp_path / "r",
    )
    assert "nnr" in str(results.table())
    assert set(results.frame()["method"]) == {"nnr", "wachter"}
    assert len(results.people("nnr", "loan", seed=0)) == 20
    assert set(results.compare(against="nnr")["method"]) == {"wachter"}
    results.plot("tradeoff").savefig(tmp_path / "t.pdf")
    assert (tmp_path / "t.pdf").stat().st_size > 1000
    assert results.report(tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert {"genre", "nnr"} <= set(rb.methods().names)
    assert "loan" in rb.datasets().names
    assert "score" in rb.metrics().names
    assert "lambda" in str(rb.describe("genre"))


def test_answers_are_in_own_units_and_what_they_say_of_themselves_is_true(task: rb.Task) -> None:
    people = task.rejected(12)
    answer = rb.get_method("nnr").fit(task).recommend(people)
    found = answer.dropna(subset=["cost"])
    assert len(answer) == 12 and list(answer["person"]) == list(people.index)
    after = found[task.dataset.schema.names].reset_index(drop=True)
    before = people.loc[found["person"]].reset_index(drop=True)
    assert task.accepts(after).all()
    np.testing.assert_allclose(task.probability(after), found["h"], rtol=1e-6)
    same = (after.astype(str) == before.astype(str)).sum(axis=1)
    assert list(found["changed"]) == list(len(task.dataset.schema.names) - same)
    encoder = task.dataset.encoder
    cost = (encoder.encode(after) - encoder.encode(before)).abs().sum(dim=1)
    np.testing.assert_allclose(cost, found["cost"], rtol=1e-5)


def test_a_method_gives_the_people_of_a_cell_the_recourse_of_the_cell(
    task: rb.Task, results: rb.Results
) -> None:
    stored = results.people("nnr", "loan", seed=0)
    answer = rb.get_method("nnr").fit(task, seed=0).recommend(task.rejected(20))
    assert list(answer["person"]) == list(stored["person"])
    for name in task.dataset.schema.names:
        assert list(answer[name]) == list(stored[f"c__{name}"]), name


def test_several_recourses_differ_are_accepted_and_come_cheapest_first(task: rb.Task) -> None:
    genre = rb.get_method("genre", steps=20, temperature=0.5).fit(task)
    answer = genre.recommend(task.rejected(10), k=4)
    assert (answer.groupby("person")["rank"].max() > 1).any()
    others = answer[answer["rank"] > 1]
    assert (others["h"] > 0.5).all()
    assert others.groupby("person")["cost"].apply(lambda cost: cost.is_monotonic_increasing).all()
    assert not answer.duplicated(["person", *task.dataset.schema.names]).any()
    first = genre.recommend(task.rejected(10))
    pd.testing.assert_frame_equal(
        first.reset_index(drop=True), answer[answer["rank"] == 1].reset_index(drop=True)
    )


def test_a_fitted_classifier_can_be_handed_in(task: rb.Task) -> None:
    own = rb.make_task(task.dataset, classifier=task.recourse_task.classifier)
    assert set(own.rejected().index) == set(task.rejected().index)
    assert own.accuracy != task.accuracy  # against the table's own labels
    expected = torch.tensor(task.dataset.favourable(task.dataset.train))
    assert torch.equal(own.recourse_task.y, expected)


class Backwards(rb.Classifier):
    kind = "own"

    def probability(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda task: rb.get_method("nnr").recommend(task.rejected(1)), "nnr is not fitted"),
        (lambda task: rb.get_method("nnrr"), "unknown method 'nnrr'"),
        (lambda task: rb.get_method("nnr", gama=1), "nnr has no parameter 'gama'"),
        (
            lambda task: rb.get_method("nnr").fit(task).recommend(task.rejected(1), k=2),
            "one recourse per person",
        ),
        (lambda task: rb.get_method("nnr").fit(task).recommend(task.rejected(1), k=0), "k = 0"),
        (
            lambda task: rb.get_method("nnr").fit(task).recommend(task.rejected(1)[["age"]]),
            "column 'gender' is in the schema but not in the table",
        ),
        (
            lambda task: (
                rb.get_method("nnr")
                .fit(task)
                .recommend(task.dataset.test[task.accepts(task.dataset.test)].head(3))
            ),
            "and 2 more as they are",
        ),
        (
            lambda task: rb.get_method("nnr").fit(task).recommend(pd.concat([task.rejected(1)] * 2)),
            "is there twice",
        ),
        (lambda task: rb.make_task(task.dataset, classifier=Backwards()), "not all probabilities"),
        (lambda task: rb.make_task(task.dataset, weights={"agee": 1.0}), "agee"),
        (lambda task: rb.run("loan"), "'loan' is a data set, not a suite. Write --datasets loan."),
        (lambda task: rb.run(methods="nnr", datasets=[task.dataset] * 2), "two data sets are called 'loan'"),
        (lambda task: rb.describe("nothing"), "unknown method, classifier, metric or data set 'nothing'"),
        (lambda task: rb.open_results("/nowhere"), "there are no results in /nowhere"),
        (lambda task: rb.load_method("/nowhere/x"), "cannot load a method from /nowhere/x"),
    ],
)
def test_mistakes_are_one_line(task: rb.Task, ask, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(rb.RecbenchError) as error:
        ask(task)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_saved_method_that_others_can_write_is_not_loaded(task: rb.Task, tmp_path: Path) -> None:
    path = tmp_path / "nnr"
    rb.get_method("nnr").fit(task).save(path)
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o666)
    with pytest.raises(rb.RecbenchError, match="others may write"):
        rb.load_method(path)
    path.chmod(0o600)
    path.write_bytes(b"nothing")
    with pytest.raises(rb.RecbenchError, match="cannot load a method from"):
        rb.load_method(path)


def test_results_are_those_of_the_run_and_open_again(results: rb.Results) -> None:
    assert results.sweep is not None and (results.sweep.ran, results.sweep.failed) == (4, [])
    again = rb.open_results(results.folder)
    pd.testing.assert_frame_equal(again.frame(), results.frame())
    frame = again.frame().set_index("method")
    nnr = [record.mean("cost") for record in results.records() if record.cell.method == "nnr"]
    assert frame.loc["nnr", "cost"] == pytest.approx(np.mean([mean for mean in nnr if mean is not None]))
    assert "<table" in again._repr_html_()
    assert all(record.status == Status.DONE for record in again.records())
    with pytest.raises(rb.UsageError, match="no finished cell has method genre, data set loan"):
        again.record("genre", "loan")
    second = rb.run(
        methods=["nnr", "unchanged"], seeds="0-1", factuals=20, results=results.folder, tracking=False
    )
    assert second.sweep is not None and (second.sweep.ran, second.sweep.from_store) == (0, 4)


def test_a_plan_creates_nothing_and_knows_what_is_stored(results: rb.Results, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"methods": ["nnr", "wachter"], "seeds": 0, "factuals": 20}
    plan = rb.plan(**asked, results=results.folder)
    assert [cell.method for cell in plan.waiting] == ["wachter"]
    assert len(rb.plan(**asked, results=tmp_path / "none").waiting) == 2
    assert not (tmp_path / "none").exists()


def test_a_frame_is_a_data_set(people: rb.Dataset, tmp_path: Path) -> None:
    frame = pd.concat([people.train, people.test], ignore_index=True)
    frame["name"] = [f"p{place}" for place in range(len(frame))]
    data = rb.Dataset.from_frame(frame, people.schema, "mine")
    assert len(data.test) == round(0.25 * len(frame))
    told = frame.assign(split=["test"] * 100 + ["train"] * (len(frame) - 100))
    assert list(rb.Dataset.from_frame(told, people.schema).test["name"]) == [f"p{n}" for n in range(100)]
    found = rb.run(methods="nnr", datasets=data, factuals=10, results=tmp_path / "r", tracking=False)
    assert found.frame()["dataset"].tolist() == ["mine"]


def test_importing_is_light_and_rooms_do_not_hide_verbs() -> None:
    script = (
        "import sys, recbench as rb\n"
        "heavy = {'torch', 'pandas', 'numpy', 'mlflow', 'sklearn', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import recbench.run.plan, recbench.metrics.base\n"
        "assert callable(rb.run) and callable(rb.metrics)\n"
        "from recbench import run\n"
        "assert run is rb.run\n"
        "from recbench.run import plan\n"
        "assert plan.__name__ == 'recbench.run.plan'\n"
        "[getattr(rb, name) for name in rb.__all__]\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


class Silent(rb.RecourseMethod):
    card = rb.MethodCard("nnr", "has an answer for nobody", "tests:Silent")

    def generate(self, factuals: torch.Tensor, rng: rb.PeopleRng) -> torch.Tensor:
        return torch.full_like(factuals, torch.nan)


def test_who_has_no_recourse_has_a_row_a_reason_and_no_numbers(task: rb.Task) -> None:
    method = rb.get_method("unchanged")
    method.method = Silent()
    answer = method.fit(task).recommend(task.rejected(4))
    assert len(answer) == 4
    assert (answer["reason"] == "no candidate found").all()
    assert answer[[*task.dataset.schema.names, "cost", "h", "changed"]].isna().all().all()


def test_a_cell_without_a_result_is_counted_in_frame_and_table(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"methods": ["nnr", "wachter"], "factuals": 5, "tracking": False}
    found = rb.run(**asked, classifiers="forest", results=tmp_path)
    frame = found.frame().set_index("method")
    assert frame["missing"].to_dict() == {"nnr": 0, "wachter": 1}
    assert "needs gradients" in str(found.table())
    assert "recbench run" in found.report(tmp_path / "page.html").read_text()
