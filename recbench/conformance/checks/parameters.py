"""What a method says of itself, and its parameters."""

from __future__ import annotations

from recbench.conformance.checks.base import check, checks
from recbench.conformance.trial import NotApplicableError, Trial, broken, require
from recbench.documents.reading import dump, parse_value
from recbench.errors import RecbenchError, UsageError
from recbench.plugins.params import make_params


@check
def described(trial: Trial) -> None:
    """The card has a one-line summary, every parameter a description, and expected failures a reason."""
    card, model = trial.card, type(trial.new().params)
    require(bool(card.summary) and "\n" not in card.summary, "the card's summary must be one line")
    bare = [name for name, field in model.model_fields.items() if not field.description]
    require(not bare, f"parameters without a description: {', '.join(bare)}")
    known = {check.name for check in checks()}
    unknown = sorted(set(card.expected_failed_checks) - known)
    require(not unknown, f"expected_failed_checks names no such check: {', '.join(unknown)}")
    require(all(card.expected_failed_checks.values()), "an expected failure has no reason")


@check
def parameters_of_its_card(trial: Trial) -> None:
    """The parameters that the card names are the method's own."""
    if not trial.card.params:
        raise NotApplicableError("the card names none, so they are")
    named, own = trial.card.load_params(), type(trial.new().params)
    require(named is own, f"the card names {named.__qualname__}, the method has {own.__qualname__}")


@check
def parameters_survive_yaml(trial: Trial) -> None:
    """Parameters written as YAML and read back are equal."""
    params = trial.new().params
    read = parse_value(dump(params.plain()), "the parameters")
    again = make_params(type(params), read, trial.card.name)
    require(again == params, f"{params.plain()} came back as {again.plain()}")


@check
def unknown_parameter_refused(trial: Trial) -> None:
    """A parameter that does not exist is a UsageError that names it."""
    try:
        trial.make(**{**trial.params, "no_such_parameter": 1})
    except UsageError as error:
        require("no_such_parameter" in str(error), f"the error does not name the parameter: {error}")
    else:
        broken("no_such_parameter=1 was accepted")


@check
def unfitted_refused(trial: Trial) -> None:
    """Calling generate before fit is a RecbenchError."""
    people = trial.case.of(slice(3))
    try:
        trial.new().generate(people.factuals.clone(), trial.people(people.ids))
    except RecbenchError:
        return
    broken("generate before fit raised nothing")
