"""The checks, in the order in which their failures are best read.

Each takes a :class:`Trial` and ends with an exception if the rule is broken. Its docstring is the rule.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import yaml
from torch import Tensor

from recbench.classifiers.base import TorchClassifier
from recbench.conformance import tasks
from recbench.conformance.tasks import Case
from recbench.conformance.trial import NotApplicableError, Trial, broken, require
from recbench.errors import RecbenchError, UsageError
from recbench.method import Reason, Recourse, RecourseMethod
from recbench.output import check_samples
from recbench.params import make_params
from recbench.rng import Rng


@dataclass(frozen=True)
class Check:
    """One rule: its name, what it says, and the function that tries it."""

    name: str
    rule: str
    run: Callable[[Trial], None]


_CHECKS: list[Check] = []


def checks() -> list[Check]:
    """Return all checks, in order."""
    return list(_CHECKS)


def _check(function: Callable[[Trial], None]) -> Callable[[Trial], None]:
    _CHECKS.append(Check(function.__name__, (function.__doc__ or "").strip(), function))
    return function


@_check
def described(trial: Trial) -> None:
    """The card has a one-line summary, every parameter a description, and expected failures a reason."""
    card, model = trial.card, type(trial.new().params)
    require(bool(card.summary) and "\n" not in card.summary, "the card's summary must be one line")
    bare = [name for name, field in model.model_fields.items() if not field.description]
    require(not bare, f"parameters without a description: {', '.join(bare)}")
    known = {check.name for check in _CHECKS}
    unknown = sorted(set(card.expected_failed_checks) - known)
    require(not unknown, f"expected_failed_checks names no such check: {', '.join(unknown)}")
    require(all(card.expected_failed_checks.values()), "an expected failure has no reason")


@_check
def parameters_survive_yaml(trial: Trial) -> None:
    """Parameters written as YAML and read back are equal."""
    params = trial.new().params
    read = yaml.safe_load(yaml.safe_dump(params.plain()))
    again = make_params(type(params), read, trial.card.name)
    require(again == params, f"{params.plain()} came back as {again.plain()}")


@_check
def unknown_parameter_refused(trial: Trial) -> None:
    """A parameter that does not exist is a UsageError that names it."""
    try:
        trial.make(**{**trial.params, "no_such_parameter": 1})
    except UsageError as error:
        require("no_such_parameter" in str(error), f"the error does not name the parameter: {error}")
    else:
        broken("no_such_parameter=1 was accepted")


@_check
def unfitted_refused(trial: Trial) -> None:
    """Calling generate before fit is a RecbenchError."""
    people = trial.case.of(slice(3))
    try:
        trial.new().generate(people.factuals.clone(), trial.people(people.ids))
    except RecbenchError:
        return
    broken("generate before fit raised nothing")


@_check
def runs(trial: Trial) -> None:
    """Fit and generate run on every kind of feature and return a Recourse or a tensor."""
    seen = trial.observed
    if seen.error is not None:
        raise seen.error
    require(
        isinstance(seen.returned, Recourse | Tensor),
        f"generate must return a Recourse or a tensor, not {type(seen.returned).__name__}",
    )


@_check
def shape(trial: Trial) -> None:
    """There is one row per person and one column per feature."""
    x, wanted = _rows(trial), tuple(trial.case.factuals.shape)
    require(tuple(x.shape) == wanted, f"shape {tuple(x.shape)}, expected {wanted}")


@_check
def dtype(trial: Trial) -> None:
    """Rows are float32, on the device of the factuals, without a gradient graph."""
    x = _rows(trial)
    require(x.dtype == torch.float32, f"{x.dtype}, expected torch.float32")
    require(x.device == trial.case.factuals.device, f"on {x.device}, not {trial.case.factuals.device}")
    require(not x.requires_grad, "rows carry a gradient graph")


@_check
def finite_or_nan(trial: Trial) -> None:
    """Every row is finite or wholly NaN."""
    x = _rows(trial)
    bad = ~(torch.isfinite(x).all(dim=-1) | torch.isnan(x).all(dim=-1))
    require(not bool(bad.any()), f"{int(bad.sum())} rows are neither finite nor wholly NaN")


@_check
def reasons(trial: Trial) -> None:
    """There is one reason per person: one for every NaN row, none for every accepted row."""
    returned, x = trial.ran().returned, _rows(trial)
    if not isinstance(returned, Recourse):
        raise NotApplicableError("a bare tensor gets its reasons from recbench")
    said = list(returned.reasons)
    require(all(isinstance(reason, str) for reason in said), "a reason is not a string")
    require(len(said) == len(x), f"{len(said)} reasons for {len(x)} people")
    none = torch.isnan(x).any(dim=-1).tolist()
    accepted = trial.case.task.accepts(x).tolist()
    silent = sum(empty and not reason for empty, reason in zip(none, said, strict=True))
    require(silent == 0, f"{silent} NaN rows have no reason")
    wrong = sum(ok and reason != Reason.FOUND for ok, reason in zip(accepted, said, strict=True))
    require(wrong == 0, f"{wrong} accepted rows have a reason why there is none")


@_check
def answers_somebody(trial: Trial) -> None:
    """On an easy task at least one person gets a candidate."""
    require(bool(trial.answer.found.any()), "every row is NaN")


@_check
def factuals_untouched(trial: Trial) -> None:
    """The factuals given to generate are not changed."""
    same = torch.equal(trial.ran().factuals, trial.case.factuals)
    require(same, "factuals were changed in place")


@_check
def task_untouched(trial: Trial) -> None:
    """Fit and generate leave the task's tensors as they were."""
    was, now = trial.case.task, trial.ran().case.task
    encoders = [
        (name, getattr(was.encoder, name), getattr(now.encoder, name))
        for name in ("low", "span", "lower", "upper")
    ]
    for name, old, new in [("x", was.x, now.x), ("y", was.y, now.y), *encoders]:
        require(torch.equal(old, new), f"task tensor {name} was changed")


@_check
def classifier_untouched(trial: Trial) -> None:
    """Fit and generate leave the classifier as it was."""
    was, now = trial.case.task, trial.ran().case.task
    with torch.no_grad():
        same = torch.equal(was.probability(was.x), now.probability(was.x))
    require(same, "the classifier's probabilities changed")
    if not isinstance(now.classifier, TorchClassifier) or not isinstance(was.classifier, TorchClassifier):
        return
    module, original = now.classifier.module, was.classifier.module
    require(module.training == original.training, "the classifier was left in training mode")
    for parameter, old in zip(module.parameters(), original.parameters(), strict=True):
        require(torch.equal(parameter, old), "the classifier's weights changed")
        require(
            parameter.requires_grad == old.requires_grad, "requires_grad of the classifier's weights changed"
        )
        require(parameter.grad is None, "gradients were left in the classifier's weights")


@_check
def globals_untouched(trial: Trial) -> None:
    """Global random states, logging, warnings and torch settings are left as they were."""
    seen = trial.observed
    changed = [name for name, was in seen.globals_before.items() if seen.globals_after[name] != was]
    require(not changed, f"changed: {', '.join(changed)}")


@_check
def progress(trial: Trial) -> None:
    """Progress is a share between 0 and 1 and a few words."""
    for fraction, text in trial.ran().progress:
        good = isinstance(fraction, int | float) and 0 <= fraction <= 1 and isinstance(text, str)
        require(good, f"progress was called with {fraction!r}, {text!r}")


@_check
def constraints_kept(trial: Trial) -> None:
    """What task.feasible forbids never happens, if the traits promise it."""
    if not trial.card.traits.keeps_constraints:
        raise NotApplicableError("the traits do not promise it")
    _require_feasible(trial, trial.case, trial.answer.counterfactuals[:, None], "")


@_check
def same_seed_same_answer(trial: Trial) -> None:
    """A second method fitted with the same seed gives exactly the same answer, whatever the global state."""
    wanted = trial.answer.counterfactuals
    second = trial.new()
    with Rng(1).stream("scrambled").globally():
        second.fit(trial.case.clone().task, trial.rng("fit"))
        answer = trial.again(trial.case, second).counterfactuals
    same = ((answer == wanted) | (torch.isnan(answer) & torch.isnan(wanted))).all(dim=1)
    require(bool(same.all()), f"{int((~same).sum())} of {len(same)} people get another answer")


@_check
def deterministic_if_promised(trial: Trial) -> None:
    """A deterministic method does not depend on the random stream given to generate."""
    if not trial.card.traits.deterministic:
        raise NotApplicableError("the traits do not promise it")
    other = trial.again(trial.case, stream="another")
    trial.require_same(other, trial.answer, trial.case, "with another random stream")


@_check
def order_kept(trial: Trial) -> None:
    """People in another order get the same answers, each in their own row."""
    order = torch.randperm(len(trial.case.ids), generator=Rng(2).torch())
    case = trial.case.of(order)
    trial.require_same(trial.again(case), _some(trial.answer, order), case, "in another order")


@_check
def subset_same(trial: Trial) -> None:
    """Some of the people alone get the same answers."""
    rows = torch.arange(0, len(trial.case.ids), 3)
    case = trial.case.of(rows)
    trial.require_same(trial.again(case), _some(trial.answer, rows), case, "without the others")


@_check
def chunks_same(trial: Trial) -> None:
    """Other chunk sizes give the same answers."""
    size = max(1, len(trial.case.ids) // 3 + 1)
    starts = range(0, len(trial.case.ids), size)
    parts = [trial.again(trial.case.of(slice(start, start + size))) for start in starts]
    trial.require_same(Recourse.concatenate(parts), trial.answer, trial.case, f"in chunks of {size}")


@_check
def one_row(trial: Trial) -> None:
    """One person alone gets one row, and the same answer."""
    for row in range(min(3, len(trial.case.ids))):
        rows = torch.tensor([row])
        case = trial.case.of(rows)
        trial.require_same(trial.again(case), _some(trial.answer, rows), case, "alone")


@_check
def zero_rows(trial: Trial) -> None:
    """Nobody in, nobody out: an empty table keeps its columns."""
    trial.again(trial.case.of(slice(0)))


@_check
def duplicates(trial: Trial) -> None:
    """Equal people each get their own answer: the same one if they share an id or nothing is random."""
    trial.ran()
    case = trial.case.of(slice(20))
    twice = replace(
        case,
        factuals=torch.cat([case.factuals, case.factuals]),
        ids=[*case.ids, *(f"{i} b" for i in case.ids)],
    )
    wanted = _some(trial.answer, slice(20))
    both = trial.again(twice)
    trial.require_same(_some(both, slice(len(case.ids))), wanted, case, "beside their equals")
    if trial.card.traits.deterministic:
        trial.require_same(_some(both, slice(len(case.ids), None)), wanted, case, "as a duplicate")
    same_id = trial.again(replace(twice, ids=[*case.ids, *case.ids]))
    trial.require_same(
        _some(same_id, slice(len(case.ids), None)), wanted, case, "as a duplicate with their id"
    )


@_check
def samples(trial: Trial) -> None:
    """sample gives (n, k, d) feasible rows, the same for a person alone; other methods refuse clearly."""
    method, case = trial.ran().method, trial.case.of(slice(20))
    if not trial.card.traits.samples:
        try:
            method.sample(case.factuals.clone(), 2, trial.people(case.ids))
        except RecbenchError:
            raise NotApplicableError("the traits do not promise it") from None
        broken("sample works although the traits say that it does not")

    def draw(people: Case, k: int) -> Tensor:
        drawn = method.sample(people.factuals.clone(), k, trial.people(people.ids))
        check_samples(drawn, people.factuals, trial.card.name, k)
        return drawn

    drawn = draw(case, 4)
    if trial.card.traits.keeps_constraints:
        _require_feasible(trial, case, drawn, " among samples")
    alone = draw(case.of(slice(1, 2)), 4)
    require(
        torch.allclose(alone, drawn[1:2], atol=1e-4, rtol=0, equal_nan=True),
        "a person alone gets other samples",
    )
    draw(case.of(slice(0)), 4)


@_check
def pickles(trial: Trial) -> None:
    """A fitted native method survives cloudpickle and gives the same answers."""
    if not trial.card.traits.native:
        raise NotApplicableError("a wrapped original need not")
    import cloudpickle

    method = trial.ran().method
    method.progress = trial.new().progress
    copied: RecourseMethod = cloudpickle.loads(cloudpickle.dumps(method))
    trial.require_same(trial.again(trial.case, copied), trial.answer, trial.case, "from the copy")


@_check
def saves_and_loads(trial: Trial) -> None:
    """A fitted native method written by save and read by load gives the same answers."""
    if not trial.card.traits.native:
        raise NotApplicableError("a wrapped original need not")
    method = trial.ran().method
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "method"
        method.save(path)
        loaded = RecourseMethod.load(path)
    require(loaded.params == method.params, "parameters changed on the way")
    trial.require_same(trial.again(trial.case, loaded), trial.answer, trial.case, "after loading")


@_check
def numbers_only(trial: Trial) -> None:
    """It works on a table without categories or rules."""
    _fit_and_answer(trial, tasks.numbers(trial.classifier, min(trial.count, 20)))


@_check
def weighted_cost(trial: Trial) -> None:
    """It works where features differ in cost and a changed category costs 1."""
    _fit_and_answer(trial, tasks.weighted(trial.classifier, min(trial.count, 20)))


@_check
def hopeless(trial: Trial) -> None:
    """Where nobody can be accepted it gives best attempts, NaN with a reason, or a RecbenchError."""
    try:
        _fit_and_answer(trial, tasks.hopeless(trial.classifier, min(trial.count, 20)))
    except RecbenchError as error:
        if "output rule" in str(error):
            raise


@_check
def cuda(trial: Trial) -> None:
    """On a GPU the answer is on the GPU and keeps every rule."""
    if not torch.cuda.is_available():
        raise NotApplicableError("there is no CUDA device here")
    case = tasks.mixed(trial.classifier, min(trial.count, 20))
    there = replace(case, task=case.task.to("cuda"), factuals=case.factuals.to("cuda"))
    _fit_and_answer(trial, there)


def _rows(trial: Trial) -> Tensor:
    returned = trial.ran().returned
    rows = returned.counterfactuals if isinstance(returned, Recourse) else returned
    if not isinstance(rows, Tensor):
        raise NotApplicableError("there are no rows")
    return rows


def _some(recourse: Recourse, rows: Tensor | slice) -> Recourse:
    positions = torch.arange(len(recourse.counterfactuals))[rows]
    return Recourse(
        recourse.counterfactuals[positions], [recourse.reasons[row] for row in positions.tolist()]
    )


def _fit_and_answer(trial: Trial, case: Case) -> None:
    method = trial.new()
    method.fit(case.task, trial.rng("fit"))
    people = trial.rng("generate").people(case.ids, str(case.factuals.device))
    from recbench.output import checked

    given = case.factuals.clone()
    answer = checked(method.generate(given, people), given, case.factuals, case.task, trial.card.name)
    if trial.card.traits.keeps_constraints:
        _require_feasible(trial, case, answer.counterfactuals[:, None], "")


def _require_feasible(trial: Trial, case: Case, x: Tensor, where: str) -> None:
    """End the check if any of (n, k, d) rows is not feasible for its person."""
    feasible = case.task.feasible(case.factuals)
    wrong = torch.stack([feasible.violations(x[:, k]) for k in range(x.shape[1])], dim=1)
    if bool(wrong.any()):
        names = case.task.encoder.schema.names
        features = [names[j] for j in wrong.flatten(0, 1).any(dim=0).nonzero().squeeze(1).tolist()]
        broken(f"{int(wrong.any(dim=-1).sum())} rows{where} are infeasible (in {', '.join(features)})")
