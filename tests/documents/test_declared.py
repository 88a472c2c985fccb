"""Numbers that a person can write: finite, in range, and no words."""

from typing import Any

import pytest
from pydantic import ConfigDict, Field

from recbench.errors import UsageError
from recbench.plugins import registry
from recbench.plugins.params import Params, make_params

NOT_FINITE = [float("nan"), float("inf"), float("-inf")]


def plugins() -> list[tuple[str, type[Params]]]:
    return [
        (card.name, card.load_params())
        for kind in (registry.methods, registry.classifiers)
        for card in kind.cards()
    ]


@pytest.mark.parametrize("value", NOT_FINITE)
def test_no_parameter_of_any_plugin_takes_a_number_that_is_not_finite(value: float) -> None:
    tried = 0
    for owner, model in plugins():
        for name, info in model.model_fields.items():
            if "float" in str(info.annotation):
                tried += 1
                with pytest.raises(UsageError, match=rf"{owner}\.\S+ = -?(nan|inf): "):
                    make_params(model, {info.alias or name: value}, owner)
    assert tried > 80


class Foreign(Params):
    """Parameters of somebody else's plug-in, with their own configuration."""

    model_config = ConfigDict(allow_inf_nan=True)

    rate: float = 0.5
    rates: tuple[float, ...] = ()
    by_name: dict[str, float | None] = Field(default_factory=dict)
    anything: Any = None
    count: int = 1
    counts: list[int] = Field(default_factory=list)
    either: int | str = 1
    flag: bool = False


@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("place", ["rate", "rates", "by_name", "anything"])
def test_not_even_inside_the_fields_of_a_foreign_plugin(place: str, value: float) -> None:
    nested: dict[str, Any] = {
        "rate": value,
        "rates": [1.0, value],
        "by_name": {"a": value},
        "anything": {"deep": [1, (value,)]},
    }
    with pytest.raises(UsageError, match=rf"foreign.*{place}.*finite"):
        make_params(Foreign, {place: nested[place]}, "foreign")


class Careless(Params):
    """A default that JSON cannot hold."""

    limit: float = float("inf")


def test_a_default_that_is_not_finite_is_refused_too() -> None:
    with pytest.raises(UsageError, match="careless: limit holds inf, which is no finite number"):
        make_params(Careless, {}, "careless")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rate": "0.5"}, r"foreign\.rate = '0\.5': '0\.5' is a word, not a number"),
        ({"count": "1_000"}, r"foreign\.count = '1_000': '1_000' is a word, not a number"),
        ({"count": True}, r"foreign\.count = True: True is a truth value, not a number"),
        ({"rates": [1, "2"]}, r"foreign\.rates\.1 = '2': '2' is a word, not a number"),
        ({"counts": [1, False]}, r"foreign\.counts\.1 = False: False is a truth value"),
        ({"count": 10**30}, r"foreign\.count = 1000+: the number is too large"),
        ({"counts": [-(2**63)]}, r"foreign\.counts\.0 = -9223372036854775808: the number is too large"),
        ({"count": 1.5}, r"foreign\.count = 1\.5: "),
        ({"by_name": {"a": "x"}}, r"foreign\.by_name\.a = 'x': 'x' is a word"),
    ],
)
def test_words_and_truth_values_are_no_numbers(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_params(Foreign, values, "foreign")


def test_numbers_and_words_where_both_may_stand() -> None:
    made = make_params(
        Foreign,
        {"rate": 1, "count": 2.0, "rates": [1, 2.5], "by_name": {"a": None, "b": 3}, "either": "7"},
        "foreign",
    )
    assert (made.rate, made.count, made.rates, made.either) == (1.0, 2, (1.0, 2.5), "7")
    assert made.by_name == {"a": None, "b": 3.0}
    assert make_params(Foreign, {"either": 7, "flag": True}, "foreign").either == 7


@pytest.mark.parametrize("hidden", [[0], [10, -5], [10, True], [2**70]])
def test_layers_have_units(hidden: list[int]) -> None:
    with pytest.raises(UsageError, match=r"mlp\.hidden\.\d = "):
        make_params(registry.classifiers.params("mlp"), {"hidden": hidden}, "mlp")
