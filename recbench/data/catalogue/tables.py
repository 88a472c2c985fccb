"""Adult, COMPAS and HELOC as the CARLA project prepared and split them (the GenRe paper's data).

Features and immutables are the paper's (GenRe, Section 5): race and sex on Adult and COMPAS, none on
HELOC. Age has no direction here although nobody grows younger: published figures on these three sets
let it move, and a direction would make ours incomparable. A column is an integer where every value is
whole, else continuous (HELOC's missing values were imputed with fractions). Bounds are declared only
where they hold by definition, and there the training range reaches both ends.
"""

from __future__ import annotations

import pandas as pd

from recbench.data.catalogue import cards
from recbench.data.catalogue.download import CF_DATA
from recbench.data.dataset import Dataset
from recbench.data.schema import Feature, Scalar, Schema, Target
from recbench.plugins.cards import DatasetCard


def _integer(name: str, lower: float | None = None, upper: float | None = None) -> Feature:
    return Feature(name=name, kind="integer", lower=lower, upper=upper)


def _number(name: str, lower: float | None = None, upper: float | None = None) -> Feature:
    return Feature(name=name, kind="continuous", lower=lower, upper=upper)


def _choice(name: str, *categories: Scalar, immutable: bool = False) -> Feature:
    return Feature(name=name, kind="categorical", categories=categories, immutable=immutable)


_ADULT = Schema(
    features=(
        _integer("age"),
        _choice("workclass", "Non-Private", "Private"),
        _integer("fnlwgt"),
        _integer("education-num", 1, 16),
        _choice("marital-status", "Married", "Non-Married"),
        _choice("occupation", "Managerial-Specialist", "Other"),
        _choice("relationship", "Husband", "Non-Husband"),
        _choice("race", "Non-White", "White", immutable=True),
        _choice("sex", "Female", "Male", immutable=True),
        _integer("capital-gain"),
        _integer("capital-loss"),
        _integer("hours-per-week", 1, 99),
        _choice("native-country", "Non-US", "US"),
    ),
    target=Target(name="income", favourable=(1,)),
)

# `score` is 1 where COMPAS did not call the defendant a high risk. The table bears it out: these
# people have fewer prior convictions (2.4 against 6.9 on average), are older (36 against 29) and
# were charged again within two years less often (39 % against 74 %).
_COMPAS = Schema(
    features=(
        _integer("age"),
        _choice("two_year_recid", 0, 1),
        _choice("c_charge_degree", "F", "M"),
        _choice("race", "African-American", "Other", immutable=True),
        _choice("sex", "Female", "Male", immutable=True),
        _integer("priors_count"),
        _integer("length_of_stay"),
    ),
    target=Target(name="score", favourable=(1,)),
)

_HELOC = Schema(
    features=(
        _number("ExternalRiskEstimate"),
        _number("MSinceOldestTradeOpen"),
        _integer("MSinceMostRecentTradeOpen"),
        _integer("AverageMInFile"),
        _integer("NumSatisfactoryTrades"),
        _integer("NumTrades60Ever2DerogPubRec"),
        _integer("NumTrades90Ever2DerogPubRec"),
        _integer("PercentTradesNeverDelq", 0, 100),
        _number("MSinceMostRecentDelq"),
        _integer("NumTotalTrades"),
        _integer("NumTradesOpeninLast12M"),
        _integer("PercentInstallTrades", 0, 100),
        _number("MSinceMostRecentInqexcl7days"),
        _integer("NumInqLast6M"),
        _integer("NumInqLast6Mexcl7days"),
        _number("NetFractionRevolvingBurden"),
        _number("NetFractionInstallBurden"),
        _number("NumRevolvingTradesWBalance"),
        _number("NumInstallTradesWBalance"),
        _number("NumBank2NatlTradesWHighUtilization"),
        _number("PercentTradesWBalance", 0, 100),
    ),
    target=Target(name="RiskPerformance", favourable=(1,)),
)


def _table(card: DatasetCard, schema: Schema) -> Dataset:
    train, test = (pd.read_csv(CF_DATA.fetch(file)) for file in card.files)
    return Dataset(card.name, schema, train, test, card.source, card.licence, card.citation)


def adult() -> Dataset:
    """Return Adult: 36,624 and 12,208 rows; favourable is an income above 50,000 dollars."""
    return _table(cards.adult, _ADULT)


def compas() -> Dataset:
    """Return COMPAS: 4,629 and 1,543 rows; favourable is not being called a high risk."""
    return _table(cards.compas, _COMPAS)


def heloc() -> Dataset:
    """Return HELOC: 7,403 and 2,468 rows; favourable is repaying as agreed."""
    return _table(cards.heloc, _HELOC)
