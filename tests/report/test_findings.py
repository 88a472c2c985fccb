"""The sentences of a page: what they claim, and what they do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from recbench.report.findings import findings, outcome
from recbench.report.rows import Row, rows_of
from recbench.statistics import over_people
from recbench.store.record import CellRecord, Score

Sentences = Callable[..., str]


@pytest.fixture
def said(made_up: Callable[..., CellRecord]) -> Sentences:
    """Return the sentences on methods whose people have these Scores, by method and seed."""

    def make(scores: dict[str, list[np.ndarray]], **changes: object) -> str:
        frames, records = {}, []
        for method, by_seed in scores.items():
            for seed, values in enumerate(by_seed):
                score = Score(key="s", **over_people(values).model_dump())
                changed = Score(key="s", mean=0.0 if method == "unchanged" else 1.0)
                record = made_up(method, seed=seed, scores={"score": score, "changed": changed}, **changes)
                frames[record.key] = pd.DataFrame({"person": range(len(values)), "score": values})
                records.append(record)
        (finding,) = findings(rows_of(records), frames.__getitem__)
        assert finding.title == "loan"
        return " ".join(finding.sentences)

    return make


def spread(mean: float, people: int = 60, seed: int = 0) -> np.ndarray:
    return mean + np.random.default_rng(seed).normal(0, 0.1, people)


def test_a_clear_winner_of_one_seed_is_told_apart_and_qualified(said: Sentences) -> None:
    text = said({"genre": [spread(1.8)], "nnr": [spread(1.5, seed=1)], "dice": [spread(1.0, seed=2)]})
    assert "genre has the best Score, 1.8" in text and "before nnr" in text
    assert "On these 60 people the two can be told apart (Wilcoxon, Holm p <0.001" in text
    assert "One seed: another classifier, or other people, may turn the order around." in text


def test_methods_that_hardly_differ_are_not_told_apart(said: Sentences) -> None:
    text = said({"genre": [spread(1.502)], "nnr": [spread(1.5, seed=1)]})
    assert "cannot be told apart" in text and "can be told" not in text


def test_a_better_mean_that_most_people_do_not_share_is_no_clear_win(said: Sentences) -> None:
    base = np.full(60, 1.0)
    most = np.where(np.arange(60) < 50, 0.95, 1.4)
    text = said({"genre": [most], "nnr": [base]})
    assert "genre has the best Score" in text
    assert "differ, but not clearly in favour of the better mean" in text


def test_a_few_seeds_are_counted_and_no_more_is_claimed(said: Sentences) -> None:
    text = said({"genre": [spread(1.8), spread(1.3)], "nnr": [spread(1.5, seed=1), spread(1.5, seed=2)]})
    assert "genre is ahead in 1 of 2 seeds; fewer than 5 seeds say little of other classifiers." in text


@pytest.mark.parametrize(
    ("means", "verdict"),
    [
        (
            [1.8, 1.81, 1.79, 1.8, 1.82],
            "ahead in all of the 5 seeds; over repetitions of the protocol they can",
        ),
        ([2.6, 1.2, 1.6, 1.3, 1.4], "ahead in 2 of 5 seeds; over repetitions of the protocol they cannot"),
    ],
)
def test_enough_seeds_speak_of_repetitions(said: Sentences, means: list[float], verdict: str) -> None:
    ours = [spread(mean, seed=at) for at, mean in enumerate(means)]
    text = said({"genre": ours, "nnr": [spread(1.5, seed=9 + at) for at in range(5)]})
    assert verdict in text


def test_the_floor_and_the_oracle_are_yardsticks_not_winners(said: Sentences) -> None:
    scores = {
        "unchanged": [spread(1.5)],
        "oracle": [spread(1.95)],
        "genre": [spread(1.8)],
        "dice": [spread(1.1)],
    }
    text = said(scores)
    assert "genre has the best Score" in text and "before dice" in text
    assert "which changing nobody reaches: dice." in text
    assert "Who sees the judge reaches 1.9" in text and "0.150 more" in text
    assert "Every method is above the floor" in said({"unchanged": [spread(1.0)], "genre": [spread(1.8)]})


def test_one_method_has_nobody_to_be_compared_with(said: Sentences) -> None:
    assert said({"genre": [spread(1.8)]}).startswith("genre is the only method with a Score: 1.8")
    assert said({"unchanged": [spread(1.0)]}).startswith("No method that changes somebody has a Score.")


def test_what_failed_is_grouped_by_reason() -> None:
    rows = [
        Row("loan", "mlp", "roar", "roar", problems={0: "skipped: no", 1: "skipped: no"}),
        Row("adult", "mlp", "focus", "focus", problems={0: "skipped: no"}),
        Row("adult", "mlp", "dice", "dice", problems={0: "failed: it broke"}),
    ]
    assert outcome(rows) == [
        "0 of 4 cells finished.",
        "3 did not (roar, focus): skipped: no.",
        "1 did not (dice): failed: it broke.",
    ]


def test_cells_that_all_finished_are_said_in_one_sentence(made_up: Callable[..., CellRecord]) -> None:
    assert outcome(rows_of([made_up(), made_up("nnr")])) == ["All 2 cells finished."]
