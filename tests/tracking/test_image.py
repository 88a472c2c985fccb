import pytest

from recbench.plugins import registry
from recbench.store.datasets import DatasetNote
from recbench.store.record import Score, Status
from recbench.task.recipes import ClassifierSpec, GoldRecipe, LofRecipe, TaskRecipe
from recbench.tracking.image import experiment_name, image_of
from tests.hostile import NAMES, obeyed


def test_name_says_method_data_set_and_seed(made_up) -> None:  # type: ignore[no-untyped-def]
    assert image_of(made_up("genre", "adult", 3)).name == "genre on adult, seed 3"
    assert image_of(made_up(label="genre (k=5)")).name == "genre (k=5) on loan, seed 0"
    assert image_of(made_up(classifier="forest")).name == "genre on loan (forest), seed 0"


def test_the_spread_of_a_mean_is_in_words(made_up) -> None:  # type: ignore[no-untyped-def]
    score = Score(key="s", mean=0.51234, std=0.1, low=0.4, high=0.6, n=7)
    said = image_of(made_up(scores={"cost": score})).tags["recbench.spread.cost"]
    assert said == "95 % interval 0.4 to 0.6, standard deviation 0.1, n 7"


def test_times_are_those_of_the_cell(made_up) -> None:  # type: ignore[no-untyped-def]
    image = image_of(made_up(finished="2026-01-02T03:04:05+00:00"))
    assert image.ended == 1767323045000
    assert image.ended - image.started == 3000


@pytest.mark.parametrize(("status", "failed"), [("done", False), ("skipped", False), ("failed", True)])
def test_status_and_reason(made_up, status: str, failed: bool) -> None:  # type: ignore[no-untyped-def]
    image = image_of(made_up(status=status, reason="too\nhard " * 2000))
    assert image.failed is failed
    assert image.tags["recbench.status"] == status
    assert image.tags["recbench.reason"].startswith("too\nhard")
    assert len(image.tags["recbench.reason"]) == 5000
    assert bool(image.metrics) is (status == Status.DONE)


def test_the_git_revision_is_mlflows_own_tag(made_up) -> None:  # type: ignore[no-untyped-def]
    tags = image_of(made_up(revision="ab12-dirty")).tags
    assert tags["mlflow.source.git.commit"] == "ab12"
    assert tags["recbench.uncommitted_changes"] == "true"
    assert "mlflow.source.git.commit" not in image_of(made_up()).tags


def test_state_changes_with_the_result_and_not_with_the_label(made_up) -> None:  # type: ignore[no-untyped-def]
    before = image_of(made_up()).state
    assert image_of(made_up(label="other")).state == before
    assert image_of(made_up(unscored={"lof": "ValueError"})).state != before
    assert image_of(made_up(scores={"cost": Score(key="s", mean=0.1)})).state != before
    assert image_of(made_up(status="failed", reason="x")).state != before


OWN = {"dataset": "people", "data_hash": "3f2a91" + "0" * 58}
NNR = {"method": "nnr", "label": "nnr"}
RECIPE = TaskRecipe(classifier=ClassifierSpec(params={"epochs": 50}))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        (OWN, "genre on people (data=3f2a91), seed 0"),
        ({"recipe": RECIPE}, "genre on loan (mlp.epochs=50), seed 0"),
        ({"recipe": TaskRecipe(threshold=0.7)}, "genre on loan (threshold=0.7), seed 0"),
        (
            {"recipe": TaskRecipe(factuals=None, mismatch=True)},
            "genre on loan (factuals=all, mismatch=True), seed 0",
        ),
        ({"recipe": TaskRecipe(weights={"a": 2.0})}, "genre on loan (weights.a=2.0), seed 0"),
        ({"recipe": TaskRecipe(gold=GoldRecipe(kind="known"))}, "genre on loan (judge=known), seed 0"),
        ({"lof": LofRecipe(neighbours=10)}, "genre on loan (lof.neighbours=10), seed 0"),
        ({"device": "cuda:1"}, "genre on loan (device=cuda), seed 0"),
        ({**NNR, "params": {"gamma": None}}, "nnr on loan, seed 0"),
        ({**NNR, "params": {"gamma": 0.6}}, "nnr (gamma=0.6) on loan, seed 0"),
        ({**NNR, "label": "nnr (gamma=0.6)", "params": {"gamma": 0.6}}, "nnr (gamma=0.6) on loan, seed 0"),
    ],
)
def test_name_says_what_is_not_as_usual(made_up, changes: dict[str, object], name: str) -> None:  # type: ignore[no-untyped-def]
    assert image_of(made_up(**changes)).name == name


def test_a_table_of_ones_own_is_told_from_the_catalogue(made_up, people) -> None:  # type: ignore[no-untyped-def]
    def noted(source: str) -> DatasetNote:
        facts = {"rows": (1, 1), "data_schema": people.schema, "licence": "", "citation": ""}
        return DatasetNote(name="loan", content_hash="0" * 64, source=source, **facts)

    source = registry.datasets.listing("loan").card.source  # type: ignore[union-attr]
    assert image_of(made_up(), noted(source)).name == "genre on loan, seed 0"
    assert image_of(made_up(), noted("/home/me/loan.csv")).name == "genre on loan (data=000000), seed 0"


@pytest.mark.parametrize("name", [*NAMES, "..", "../x", "/x", "a//b", "a/", ".", "", "a:b", "x" * 999])
def test_mlflow_takes_whatever_things_are_called(made_up, name: str) -> None:  # type: ignore[no-untyped-def]
    from mlflow.utils.validation import _validate_experiment_name, _validate_param, _validate_tag

    record = made_up(
        label=name or "x",
        dataset=name or "x",
        reason=f"{name}\n{name}",
        params={name: name},
        scores={name: Score(key="s", mean=0.5, std=0.1, n=7)},
        unscored={name: name},
        environment={name: name},
        recipe=TaskRecipe(weights={name: 2.0}),
    )
    image = image_of(record)
    assert 0 < len(image.name) <= 250 and not obeyed(image.name)
    for key, value in image.params.items():
        _validate_param(key, value)
    for key, value in image.tags.items():
        _validate_tag(key, value)
        assert not obeyed(value)
    for key in image.metrics:
        _validate_tag(key, "")
    assert 0.5 in image.metrics.values()
    assert image.data is not None and len(image.data.name) <= 500
    _validate_experiment_name(experiment_name(name))
    assert len(experiment_name(name)) <= 250


def test_a_reason_is_no_markup_of_the_page(made_up) -> None:  # type: ignore[no-untyped-def]
    note = image_of(made_up(status="failed", reason="[x](http://y) <b>")).tags["mlflow.note.content"]
    assert note == "**failed**: \\[x\\](http://y) \\<b>"
