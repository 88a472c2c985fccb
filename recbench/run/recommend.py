"""Recommend: one fitted method, asked about people in their own units."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recbench.data.encoding import Encoder, category_key, shown
from recbench.errors import RecbenchError, UsageError
from recbench.method import Recourse
from recbench.method.kept import keep, kept
from recbench.method.output import check_samples, checked
from recbench.plugins.cards import MethodCard
from recbench.protocol.turned_down import Task
from recbench.rng import PeopleRng, Rng
from recbench.run.recourse import make_method, skip_reason
from recbench.run.versions import method_card
from recbench.task import RecourseTask

_AT_ONCE = 10_000
"""People given to ``generate`` at a time, as in a benchmark run."""

_FORMAT = 1
"""Of the files that :meth:`Method.save` writes."""


def _silent(fraction: float, text: str) -> None:
    """Progress that nobody watches."""


class Method:
    """A recourse method with its parameters; once fitted, it answers people in their own units.

    With the same seed it gives the people of a benchmark cell the recourse that the cell has.

    Attributes:
        method: the method itself, for whoever works with encoded rows.
        task: what it was fitted on; None before.
        seed: of every random draw.

    Args:
        name: the method's registered name.
        params: its parameters; those left out have their defaults.

    Raises:
        UsageError: no such method, it is unavailable, or a parameter is wrong.
    """

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        self.method = make_method(name, params)
        self.seed = 0
        self.task: RecourseTask | None = None
        self._id = ""

    @property
    def name(self) -> str:
        """The method's registered name."""
        return self.method.name

    @property
    def card(self) -> MethodCard:
        """Its traits and what to cite."""
        return method_card(self.name)

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters, defaults included."""
        plain: dict[str, Any] = self.method.params.plain()
        return plain

    def __repr__(self) -> str:
        state = "not fitted" if self.task is None else f"fitted with seed {self.seed}"
        return f"<{self.name}: {state}>"

    def fit(
        self, task: Task | RecourseTask, seed: int = 0, progress: Callable[[float, str], None] = _silent
    ) -> Method:
        """Fit the method on a task and return it.

        Args:
            task: what it may see.
            seed: of every random draw, those of :meth:`recommend` too.
            progress: told the fraction done and a few words.

        Raises:
            UsageError: the method cannot explain the task's classifier.
        """
        task = task.recourse_task if isinstance(task, Task) else task
        reason = skip_reason(self.name, task.classifier)
        if reason:
            raise UsageError(f"{self.name} {reason}.")
        self.method.progress = progress
        try:
            self.method.fit(task, self._rng(seed).stream("fit"))
        finally:
            self.method.progress = _silent
        self.task, self.seed, self._id = task, seed, task.encoder.schema.id or ""
        return self

    def recommend(self, people: pd.DataFrame, k: int = 1) -> pd.DataFrame:
        """Return recourse for people whom the classifier turns down.

        Args:
            people: (n rows) own units, a column per feature; other columns are ignored. People are
                called by the schema's id column if it is there, else by the frame's index.
            k: recourses per person, the method's own answer first, then others that the classifier
                accepts, the cheapest first. Fewer where the method finds fewer that differ.

        Returns:
            A row per person and recourse: ``person``, ``rank`` from 1, the features in own units,
            ``cost``, ``h`` (the classifier's probability afterwards), ``changed`` (how many features),
            ``reason`` (empty where recourse was found). Features are empty where there is no candidate.

        Raises:
            RecbenchError: the method is not fitted.
            UsageError: the people do not fit the schema, some are accepted already, or ``k`` is more
                than the method can give.
        """
        task = self._fitted()
        if k < 1:
            raise UsageError(f"k = {k}: every person gets at least one recourse.")
        if k > 1 and not self.card.traits.samples:
            raise UsageError(f"{self.name} gives one recourse per person.", "Ask for k=1.")
        factuals = task.encoder.encode(people).to(task.device)
        names = self._names(people)
        accepted = np.flatnonzero(task.accepts(factuals).cpu().numpy())
        if len(accepted):
            more = f" and {len(accepted) - 1} more" if len(accepted) > 1 else ""
            raise UsageError(
                f"the classifier accepts person {shown(names[accepted[0]])}{more} as they are.",
                "Only people who are turned down need recourse: task.rejected().",
            )
        parts = []
        streams, others = (self._streams(what, names, task.device) for what in ("generate", "more"))
        for start in range(0, len(factuals), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            given = factuals[rows]
            before = given.clone()
            returned = self.method.generate(given, streams.of(rows))
            recourse = checked(returned, given, before, task, self.name)
            choices = recourse.counterfactuals[:, None, :]
            if k > 1:
                draws = self.method.sample(given, max(10, 4 * k), others.of(rows))
                check_samples(draws, given, self.name)
                choices = torch.cat([choices, draws], dim=1)
            chosen = _chosen(task, given, choices, k)
            parts.append(_table(task, people.iloc[rows], names[rows], given, recourse, chosen))
        return pd.concat(parts, ignore_index=True)

    def save(self, path: Path | str) -> None:
        """Write the fitted method to a file, for this user only.

        It is a pickle, since a plug-in may be anything: whoever can write the file decides what
        :func:`load_method` runs.

        Raises:
            RecbenchError: the method is not fitted, or the file cannot be written.
        """
        self._fitted()
        try:
            keep((_FORMAT, self), Path(path))
        except OSError as error:
            raise RecbenchError(f"cannot write {path}: {error.strerror or error}.") from error

    def _fitted(self) -> RecourseTask:
        if self.task is None:
            raise RecbenchError(f"{self.name} is not fitted.", "Call fit(task) first.")
        return self.task

    def _rng(self, seed: int) -> Rng:
        return Rng(seed).stream("method", self.name)

    def _streams(self, what: str, names: np.ndarray, device: torch.device) -> PeopleRng:
        return self._rng(self.seed).stream(what).people(list(map(category_key, names)), str(device))

    def _names(self, people: pd.DataFrame) -> np.ndarray:
        column = people[self._id] if self._id and self._id in people else people.index
        names: np.ndarray = np.asarray(column, dtype=object)
        if pd.Series(names).duplicated().any():
            twice = shown(names[pd.Series(names).duplicated().to_numpy()][0])
            raise UsageError(f"person {twice} is there twice.", "Give each person a name of their own.")
        return names


def load_method(path: Path | str) -> Method:
    """Return a fitted method that :meth:`Method.save` wrote.

    Raises:
        RecbenchError: the file is missing, damaged or of something else, or others than this user can
            write it, and so run code here.
    """
    found = kept(Path(path))
    form, method = found if isinstance(found, tuple) and len(found) == 2 else (None, found)
    if not isinstance(method, Method):
        raise RecbenchError(f"{path} holds a {type(method).__name__}, not what Method.save writes.")
    if form != _FORMAT:
        raise RecbenchError(f"{path} has format {form}, which another version of recbench wrote.")
    return method


def _chosen(task: RecourseTask, factuals: Tensor, choices: Tensor, k: int) -> Tensor:
    """Return (n, k, d): the first of each person's ``choices`` (n, m, d), then the cheapest others.

    Others must be accepted and differ from those before them; where there are fewer, rows are NaN.
    """
    n, m, d = choices.shape
    cost = task.cost(factuals[:, None, :].expand(n, m, d), choices)
    accepted = task.accepts(choices)
    usable = accepted & ~torch.isnan(choices).any(dim=-1)
    rank = torch.where(usable, cost, torch.inf)
    rank[:, 0] = -torch.inf
    order = rank.argsort(dim=1, stable=True)
    sorted_choices = choices.gather(1, order[:, :, None].expand(n, m, d))
    sorted_rank = rank.gather(1, order)
    kept = torch.isfinite(sorted_rank)
    for at in range(1, m):
        # Two recourses of the same cost need not be the same, so each is compared with all before it.
        before = (sorted_choices[:, :at] == sorted_choices[:, at : at + 1]).all(dim=-1)
        kept[:, at] &= ~before.any(dim=1)
    kept[:, 0] = True
    place = kept.cumsum(dim=1) - 1
    found = torch.full((n, k, d), torch.nan, device=choices.device)
    rows, columns = torch.nonzero(kept & (place < k), as_tuple=True)
    found[rows, place[rows, columns]] = sorted_choices[rows, columns]
    return found


def _table(
    task: RecourseTask,
    people: pd.DataFrame,
    names: np.ndarray,
    factuals: Tensor,
    recourse: Recourse,
    chosen: Tensor,
) -> pd.DataFrame:
    encoder: Encoder = task.encoder
    before = people[encoder.schema.names].reset_index(drop=True)
    parts = []
    for rank in range(chosen.shape[1]):
        x = chosen[:, rank]
        there = ~torch.isnan(x).any(dim=1)
        with torch.no_grad():
            measures = pd.DataFrame(
                {
                    "cost": task.cost(factuals, x).cpu().numpy(),
                    "h": task.probability(x).cpu().numpy(),
                    "changed": (x != factuals).sum(dim=1).cpu().numpy(),
                }
            )
        after = encoder.decode(x.cpu(), before)
        head = pd.DataFrame({"person": names, "rank": rank + 1})
        reasons = list(recourse.reasons) if rank == 0 else [""] * len(names)
        rows = pd.concat([head, after, measures, pd.DataFrame({"reason": reasons})], axis=1)
        # Nobody knows how many features a recourse changes that there is not.
        rows["changed"] = rows["changed"].astype("Int64").mask(~there.cpu().numpy())
        parts.append(rows if rank == 0 else rows[there.cpu().numpy()])
    return pd.concat(parts).rename_axis("place").sort_values(["place", "rank"], kind="stable")
