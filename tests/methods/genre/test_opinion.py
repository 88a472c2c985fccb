from __future__ import annotations

import torch

from recbench.conformance.tasks import mixed
from recbench.rng import Rng
from recbench_methods.genre.opinion import SecondOpinion


def test_its_forest_says_what_scikit_learn_says_of_it_also_of_equal_rows() -> None:
    case = mixed("mlp", 20)
    opinion = SecondOpinion(case.task, 10, 5, 5, 3, Rng(0))
    x = case.task.x[torch.arange(300) % 150]
    expected = torch.from_numpy(opinion._forest.predict_proba(x.numpy())[:, 1]).float()
    assert torch.equal(opinion.probability(x), expected)
    assert torch.equal(opinion.inlier(x)[:150], opinion.inlier(x)[150:])
    assert torch.allclose(opinion.inlier(x)[:150], opinion.inlier(x[:150]))
    assert opinion.probability(x[:0]).shape == opinion.holds(x[:0]).shape == (0,)
