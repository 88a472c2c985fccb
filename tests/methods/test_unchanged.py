from __future__ import annotations

import torch

from recbench.method import Reason
from recbench.rng import Rng
from recbench_methods.unchanged.method import Unchanged

from .linear import linear_task


def test_returns_everybody_as_they_are_in_rows_of_their_own() -> None:
    task = linear_task([2.0, 1.0], -1.5)
    method = Unchanged()
    method.fit(task, Rng(0))
    people = torch.rand(50, 2, generator=Rng(1).torch())
    recourse = method.generate(people, Rng(0).people(range(50)))
    assert torch.equal(recourse.counterfactuals, people)
    assert recourse.counterfactuals.data_ptr() != people.data_ptr()
    wanted = [Reason.FOUND if ok else Reason.NOT_ACCEPTED for ok in task.accepts(people).tolist()]
    assert list(recourse.reasons) == wanted
    assert set(wanted) == {Reason.FOUND, Reason.NOT_ACCEPTED}
