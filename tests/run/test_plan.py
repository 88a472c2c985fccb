from typing import Any

import pytest

from recbench.data.dataset import Dataset
from recbench.errors import UsageError
from recbench.run.plan import plan
from recbench.run.versions import score_key
from recbench.source import Code
from recbench.store.cell import Cell
from recbench.suite import Suite
from recbench.task.recipes import LofRecipe, TaskRecipe


def cells(people: Dataset, **changes: object) -> list[Cell]:
    plain = {"methods": ["nnr", "unchanged"], "datasets": ["people"], **changes}
    return plan(Suite.model_validate(plain), {"people": people})


def test_one_cell_per_method_seed_and_classifier(people: Dataset) -> None:
    planned = cells(people, seeds="0-2", classifiers=["mlp", "linear"])
    assert len(planned) == len({cell.key for cell in planned}) == 12


def test_a_default_written_out_is_the_same_cell(people: Dataset) -> None:
    (plain,) = cells(people, methods=["nnr"])
    (said,) = cells(people, methods=[{"name": "nnr", "params": {"gamma": None}}])
    (other,) = cells(people, methods=[{"name": "nnr", "params": {"gamma": 0.8}}])
    assert plain.key == said.key != other.key


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"data_hash": "x"},
        {"recipe": TaskRecipe(factuals=3)},
        {"recipe": TaskRecipe(threshold=0.6)},
        {"method": "unchanged"},
        {"code": Code("x", {})},
        {"params": {}},
        {"threads": 2},
        {"chunk": 7},
        {"device": "cuda"},
    ],
)
def test_whatever_changes_the_recourse_changes_the_key(people: Dataset, change: dict[str, Any]) -> None:
    (cell,) = cells(people, methods=["nnr"])
    assert cell.model_copy(update=change).key != cell.key


def test_what_only_changes_scores_does_not_change_the_key(people: Dataset) -> None:
    (cell,) = cells(people, methods=["nnr"])
    said = {"metrics": ("cost",), "label": "x", "dataset": "other", "made_by": "x 2.0", "equation": "x"}
    assert cell.model_copy(update={"lof": LofRecipe(neighbours=9), **said}).key == cell.key
    keys = {score_key(cell.recipe.gold, LofRecipe(neighbours=k), "lof") for k in (5, 9)}
    assert len(keys) == 2


def test_the_oracle_sees_the_whole_judge(people: Dataset) -> None:
    oracle = cells(people, methods=["nnr"], oracle=True)[-1]
    assert oracle.model_copy(update={"lof": LofRecipe(neighbours=9)}).key != oracle.key


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"methods": ["wachtr"]}, r"unknown method 'wachtr'\. Did you mean wachter"),
        (
            {"methods": [{"name": "nnr", "params": {"gama": 1}}]},
            r"nnr has no parameter 'gama'\. Did you mean gamma",
        ),
        ({"methods": [{"name": "nnr", "params": {"gamma": "x"}}]}, "nnr.gamma = 'x'"),
        ({"metrics": ["costs"]}, r"unknown metric 'costs'\. Did you mean cost"),
        ({"classifiers": ["mpl"]}, "unknown classifier 'mpl'"),
        ({"classifiers": [{"name": "mlp", "params": {"epoch": 1}}]}, "mlp has no parameter 'epoch'"),
        ({"weights": {"hat": 2}}, "weights name 'hat'"),
    ],
)
def test_mistakes_are_found_before_anything_runs(
    people: Dataset, change: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        cells(people, **change)


def test_a_judge_that_a_data_set_cannot_have_is_refused_before_anything_runs(people: Dataset) -> None:
    with pytest.raises(UsageError, match="data set 'people' has no known label equation"):
        cells(people, judge={"gold": {"kind": "known"}})
