"""Loan: the semi-synthetic loan approval of Karimi et al. 2020 (arXiv 2006.06831, Appendix), generated.

Its structural equations, with gender G, age A, education E, loan amount L, duration D, income I,
savings S and the label Y (N takes a variance):

    G = U_G                                       U_G ~ Bernoulli(0.5)
    A = -35 + U_A                                 U_A ~ Gamma(10, 3.5)
    E = -0.5 + σ(-1 + 0.5 G + σ(0.1 A) + U_E)     U_E ~ N(0, 0.25)
    L = 1 + 0.01 (A - 5)(5 - A) + G + U_L         U_L ~ N(0, 4)
    D = -1 + 0.1 A + 2 G + L + U_D                U_D ~ N(0, 9)
    I = -4 + 0.1 (A + 35) + 2 G + G E + U_I       U_I ~ N(0, 4)
    S = -4 + 1.5 max(I, 0) + U_S                  U_S ~ N(0, 25)
    Y ~ Bernoulli(σ(0.3 (-L - D + I + S + I S)))

What is ours: the paper's variables are centred and have no units, so they are shifted and scaled to
years, months and euros, education becomes five levels (equal fifths of its range), and each equation
uses its parents as the table shows them, so P(Y | row) is exact. Ages are drawn from 18 to 75 only;
age has no cause in the model, so every equation still holds. The paper gives G no names.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, gammainc, gammaincinv, ndtri

from recbench.data.catalogue import cards
from recbench.data.dataset import Dataset
from recbench.data.schema import Feature, Schema, Target

GENDERS = ("female", "male")
"""G = 0 and G = 1."""
EDUCATION = ("none", "school", "vocational", "bachelor", "master")
"""Equal fifths of E's range (-0.5, 0.5)."""
UNITS = {
    "age": (35, 1),
    "loan_amount": (25_000, 1_000),
    "duration": (36, 1),
    "income": (30_000, 2_500),
    "savings": (30_000, 1_000),
}
"""Own-unit value at 0 and own units per unit of the paper's variable: years, euros, months, euros a year."""

_YOUNGEST, _OLDEST = 18, 75
_ROWS, _SEED = 5_000, 20_200_611

SCHEMA = Schema(
    features=(
        Feature(name="gender", kind="categorical", categories=GENDERS, immutable=True),
        Feature(name="age", kind="integer", lower=_YOUNGEST, upper=_OLDEST, monotone="increase"),
        Feature(name="education", kind="ordinal", categories=EDUCATION, monotone="increase"),
        Feature(name="loan_amount", kind="integer"),
        Feature(name="duration", kind="integer"),
        Feature(name="income", kind="integer"),
        Feature(name="savings", kind="integer"),
    ),
    target=Target(name="approved", favourable=(1,)),
)


def loan() -> Dataset:
    """Return the loan data set: the same 4,000 and 1,000 rows on every machine."""
    card = cards.loan
    table = sample(_ROWS, np.random.default_rng(_SEED))
    train, test = table.iloc[:4_000], table.iloc[4_000:].reset_index(drop=True)
    return Dataset(card.name, SCHEMA, train, test, card.source, card.licence, card.citation, approval)


def sample(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n people drawn from the structural equations, with their label, in own units."""
    # Inverse distribution functions of plain uniforms, not rng.normal and rng.gamma: NumPy may change
    # how those two use the stream. Rounding to own units then hides the last bits of a libm.
    u = rng.random((n, 8)).T
    g = np.floor(2 * u[0])
    youngest, oldest = gammainc(10, (_YOUNGEST - 0.5) / 3.5), gammainc(10, (_OLDEST + 0.5) / 3.5)
    age = np.round(3.5 * gammaincinv(10, youngest + (oldest - youngest) * u[1]))
    a = age - 35
    e = -0.5 + expit(-1 + 0.5 * g + expit(0.1 * a) + 0.5 * ndtri(u[2]))
    level = np.floor((e + 0.5) * len(EDUCATION))
    e = (level + 0.5) / len(EDUCATION) - 0.5
    columns = {
        "gender": np.array(GENDERS, dtype=object)[g.astype(int)],
        "age": age.astype(np.int64),
        "education": np.array(EDUCATION, dtype=object)[level.astype(int)],
    }

    def settle(name: str, value: np.ndarray) -> np.ndarray:
        """Put a variable into the table and return it as the table has it."""
        zero, unit = UNITS[name]
        columns[name] = np.round(zero + unit * value).astype(np.int64)
        settled: np.ndarray = (columns[name] - zero) / unit
        return settled

    amount = settle("loan_amount", 1 + 0.01 * (a - 5) * (5 - a) + g + 2 * ndtri(u[3]))
    settle("duration", -1 + 0.1 * a + 2 * g + amount + 3 * ndtri(u[4]))
    income = settle("income", -4 + 0.1 * (a + 35) + 2 * g + g * e + 2 * ndtri(u[5]))
    settle("savings", -4 + 1.5 * np.maximum(income, 0) + 5 * ndtri(u[6]))
    table = pd.DataFrame(columns)
    return table.assign(approved=(u[7] < approval(table)).astype(np.int64))


def approval(frame: pd.DataFrame) -> np.ndarray:
    """Return (n,) P(approved | row): the label equation, for rows in own units."""
    names = ("loan_amount", "duration", "income", "savings")
    amount, duration, income, savings = (
        (frame[name].to_numpy(dtype=np.float64, na_value=np.nan) - UNITS[name][0]) / UNITS[name][1]
        for name in names
    )
    chance: np.ndarray = expit(0.3 * (-amount - duration + income + savings + income * savings))
    return chance
