"""What a method answers under a schema, computed once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from recbench.data.encoding import Encoder
from recbench.data.lattice import Lattice
from recbench.data.schema import Schema
from recbench.judge import Judge
from recbench.method import load_method
from recbench.plugins import registry
from recbench.protocol.prepare import Prepared
from recbench.run.execute import run_cell
from recbench.run.scoring import stored_recourse
from recbench.run.versions import made_by, recourse_code
from recbench.store.cell import Cell
from recbench.store.record import Status
from recbench.task.cache import Cache
from recbench.task.recipes import LofRecipe, TaskRecipe

_FAR = 10.0
"""How many training ranges beyond both ends count as without bounds."""

_PARTS = 2.0**24
"""Into how many parts a step is divided where values count as without steps: float32 tells no more apart."""


@dataclass(frozen=True)
class Answers:
    """Counterfactuals of n people, and the seconds they took.

    ``failure`` is the reason there are none; everything else is then empty.
    """

    counterfactuals: Tensor
    fit: float = 0.0
    generate: float = 0.0
    failure: str = ""


class _FailedError(Exception):
    """A method failed; raised so that the cache does not keep it."""


def without_constraints(prepared: Prepared, unbounded: bool) -> Prepared:
    """Return the same people and classifier without immutables, directions and whole steps.

    ``unbounded`` also takes away the bounds. Encoded rows stay what they are.
    """
    task, schema = prepared.task, prepared.task.encoder.schema
    features = tuple(
        feature.model_copy(
            update={
                "immutable": False,
                "monotone": None,
                "step": None,
                "kind": "continuous" if feature.kind == "integer" else feature.kind,
            }
        )
        for feature in schema.features
    )
    encoder = task.encoder
    number = torch.tensor([level == 0 for level in encoder.levels])
    beyond = torch.where(number, _FAR if unbounded else 0.0, 0.0)
    steps, high = encoder.lattice, encoder.low + encoder.span
    lattice = Lattice.between(steps.times, steps.per * torch.where(number, _PARTS, 1.0), encoder.low, high)
    free = Encoder(
        Schema(features=features, target=schema.target, id=schema.id),
        encoder.low,
        encoder.span,
        encoder.lower - beyond,
        encoder.upper + beyond,
        lattice.spanning(torch.where(number, _FAR, 1.0)),
    )
    return replace(prepared, task=replace(task, encoder=free))


class Answering:
    """Runs methods as ``recbench run`` does, one cell at a time, and keeps what they answered.

    Args:
        judge: for the cells; what they are scored with does not matter here.
        recipe: of the task.
        seed: of everything.
        cache: where answers are kept, so that a comparison that was cut off goes on.
        say: told what runs.
    """

    def __init__(
        self, judge: Judge, recipe: TaskRecipe, seed: int, cache: Cache, say: Callable[[str], None]
    ) -> None:
        self.judge, self.recipe, self.seed, self.cache, self.say = judge, recipe, seed, cache, say

    def of(
        self, method: str, prepared: Prepared, setting: str, params: Mapping[str, object] | None = None
    ) -> Answers:
        """Return what ``method`` answers; a method that is missing or fails is reported, not raised."""
        empty = torch.full_like(prepared.factuals, torch.nan)
        if method not in registry.methods.names():
            return Answers(empty, failure="not registered")
        found = registry.methods.listing(method)
        if found.card is None or found.unavailable:
            return Answers(empty, failure=found.unavailable)
        implementation = load_method(method)
        encoder = prepared.task.encoder
        cell = Cell(
            dataset=prepared.dataset.name,
            data_hash=prepared.dataset.content_hash,
            recipe=self.recipe,
            lof=LofRecipe(),
            method=method,
            label=method,
            params=implementation(**(params or {})).params.plain(),
            code=recourse_code(method, self.recipe.classifier.name),
            equation="",
            made_by=made_by(method),
            seed=self.seed,
            device="cpu",
            threads=1,
            chunk=10_000,
        )
        domain = [encoder.schema.model_dump(mode="json"), encoder.lower.tolist(), encoder.upper.tolist()]
        try:
            return self.cache.get("fidelity", [cell.key, domain], lambda: self._run(cell, prepared, setting))
        except _FailedError as error:
            return Answers(empty, failure=str(error))

    def _run(self, cell: Cell, prepared: Prepared, setting: str) -> Answers:
        self.say(f"{cell.dataset}: {cell.method}, {setting}")
        outcome = run_cell(cell, prepared, self.judge, lambda *_: None)
        record = outcome.record
        if record.status != Status.DONE or outcome.people is None:
            raise _FailedError(record.reason)
        self.say(f"    {record.fit_seconds:.0f} s fit, {record.generate_seconds:.0f} s generate")
        recourse = stored_recourse(outcome.people, prepared.dataset.schema.names)
        return Answers(recourse.counterfactuals, record.fit_seconds or 0.0, record.generate_seconds or 0.0)
