"""loan, moons, circles, corr: held to the equations of the paper, written down here a second time."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

from recbench.data.catalogue.generated import draw_people
from recbench.data.catalogue.loading import load
from recbench.data.catalogue.loan import EDUCATION, UNITS, approval, sample
from recbench.data.catalogue.synthetic import CIRCLES, CORR, MOONS
from recbench.errors import UsageError

GENERATED = {
    "loan": "9527619f453e1062",
    "moons": "eb0346ee032d6368",
    "circles": "27eff25bcf01245e",
    "corr": "12f2d8d7a00a1ebf",
}
LIKELY = 1e-4


@pytest.mark.parametrize("name", GENERATED)
def test_every_machine_has_the_same_rows(name):
    assert load(name).content_hash[:16] == GENERATED[name]


def test_another_process_has_the_same_rows():
    code = "from recbench.data.catalogue.loading import load; print(*[load(n).content_hash[:16] for n in {}])"
    told = subprocess.run(
        [sys.executable, "-c", code.format(list(GENERATED))], check=True, capture_output=True, text=True
    )
    assert told.stdout.split() == list(GENERATED.values())


@pytest.mark.parametrize("name", GENERATED)
def test_labels_follow_the_known_probability(name):
    dataset = load(name)
    both = pd.concat([dataset.train, dataset.test])
    assert dataset.known is not None
    chance, label = dataset.known(both), dataset.favourable(both)
    assert ((chance >= 0) & (chance <= 1)).all()
    # Standardised number of favourable labels, overall and in slices of the probability.
    slices = [chance >= 0, chance < 0.2, (chance >= 0.2) & (chance < 0.5), (chance >= 0.5) & (chance < 0.8)]
    for part in slices:
        expected, spread = chance[part].sum(), np.sqrt((chance * (1 - chance))[part].sum())
        assert abs(label[part].sum() - expected) / spread < 4


@pytest.mark.parametrize("name", GENERATED)
def test_the_label_equation_reads_what_the_judge_decodes_and_survives_pickle(name):
    dataset = load(name)
    decoded = dataset.encoder.decode(dataset.encoder.encode(dataset.test))
    known = pickle.loads(pickle.dumps(dataset)).known
    assert dataset.known is not None
    assert np.allclose(known(decoded), dataset.known(dataset.test), atol=1e-5)


@pytest.fixture(scope="module")
def people():
    """200,000 people of the loan model, and its variables in the paper's units."""
    table = sample(200_000, np.random.default_rng(1))
    v = {name: (table[name] - zero) / unit for name, (zero, unit) in UNITS.items()}
    v["G"] = (table["gender"] == "male").astype(float)
    v["E"] = table["education"].map({name: (k + 0.5) / 5 - 0.5 for k, name in enumerate(EDUCATION)})
    return table, v


def is_normal(residual, variance, step):
    """Whether a residual is N(0, variance), the step of its unit's rounding added to the variance."""
    spread = np.sqrt(variance + step**2 / 12)
    return (
        abs(residual.mean()) < 4 * spread / np.sqrt(len(residual))
        and abs(residual.std() / spread - 1) < 4 / np.sqrt(2 * len(residual))
        and stats.kstest(residual[:2000] / spread, "norm").pvalue > LIKELY
    )


def test_the_structural_equations_of_amount_duration_income_and_savings(people):
    _, v = people
    a = v["age"]
    assert is_normal(v["loan_amount"] - (1 + 0.01 * (a - 5) * (5 - a) + v["G"]), 4, 0.001)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, len(a))  # months are whole: smooth the steps
    duration = v["duration"] + noise - (-1 + 0.1 * a + 2 * v["G"] + v["loan_amount"])
    assert is_normal(duration, 9 + 1 / 12, 1)
    assert is_normal(v["income"] - (-4 + 0.1 * (a + 35) + 2 * v["G"] + v["G"] * v["E"]), 4, 1 / 2500)
    assert is_normal(v["savings"] - (-4 + 1.5 * v["income"].clip(lower=0)), 25, 0.001)


def test_gender_age_and_education_follow_their_equations(people):
    table, v = people
    assert stats.binomtest(int(v["G"].sum()), len(table)).pvalue > LIKELY
    ages = np.arange(18, 76)
    law = stats.gamma(10, scale=3.5)
    chance = law.cdf(ages + 0.5) - law.cdf(ages - 0.5)
    counts = table["age"].value_counts().reindex(ages, fill_value=0)
    assert counts.sum() == len(table)
    assert stats.chisquare(counts, len(table) * chance / chance.sum()).pvalue > LIKELY
    # E = -0.5 + σ(-1 + 0.5 G + σ(0.1 A) + U), U ~ N(0, 0.25): chance of being above each level's edge.
    edges = np.array([0.2, 0.4, 0.6, 0.8])
    centre = (-1 + 0.5 * v["G"] + expit(0.1 * v["age"])).to_numpy()
    level = table["education"].map({name: k for k, name in enumerate(EDUCATION)}).to_numpy()
    for k, edge in enumerate(edges):
        above = stats.norm.sf((np.log(edge / (1 - edge)) - centre) / 0.5)
        assert abs((level > k).sum() - above.sum()) < 4 * np.sqrt((above * (1 - above)).sum())


def test_the_label_equation_of_loan(people):
    table, v = people
    amount, duration, income, savings = (v[n] for n in ("loan_amount", "duration", "income", "savings"))
    expected = 1 / (1 + np.exp(-0.3 * (-amount - duration + income + savings + income * savings)))
    assert np.allclose(approval(table), expected, atol=1e-12)
    z = (table["approved"] - expected).sum() / np.sqrt((expected * (1 - expected)).sum())
    assert abs(z) < 4


def test_loan_is_in_peoples_own_units():
    dataset = load("loan")
    both = pd.concat([dataset.train, dataset.test])
    assert both["age"].between(18, 75).all()
    assert (both[["loan_amount", "duration", "income", "savings"]] > 0).all(axis=None)
    features = {feature.name: feature for feature in dataset.schema.features}
    assert [name for name, feature in features.items() if feature.immutable] == ["gender"]
    assert {name for name, feature in features.items() if feature.monotone == "increase"} == {
        "age",
        "education",
    }
    assert set(both["education"]) == set(EDUCATION)


@pytest.mark.parametrize("mixture", [MOONS, CIRCLES, CORR], ids=["moons", "circles", "corr"])
class TestMixtures:
    def grid(self, mixture):
        """Return points that cover all the mass, the mass of each one's cell, and P(y = 1) there."""
        reach = 6 * np.sqrt(mixture.covariance.max())
        axis = np.linspace(mixture.means.min() - reach, mixture.means.max() + reach, 320)
        x1, x2 = np.meshgrid(axis, axis)
        points = np.column_stack([x1.ravel(), x2.ravel()])
        mass = np.exp(mixture.log_density(points)) * (axis[1] - axis[0]) ** 2
        return points, mass, mixture.probability(points)

    def test_density_and_label_probability_agree_with_scipy(self, mixture):
        x, label = mixture.sample(300, np.random.default_rng(0))
        half = len(mixture.means) // 2
        parts = np.array([stats.multivariate_normal(m, mixture.covariance).pdf(x) for m in mixture.means])
        parts /= len(mixture.means)
        assert np.allclose(mixture.log_density(x), np.log(parts.sum(axis=0)), atol=1e-9)
        assert np.allclose(mixture.probability(x), parts[half:].sum(axis=0) / parts.sum(axis=0), atol=1e-9)
        assert label.dtype == np.int64

    def test_the_density_integrates_to_one_and_half_of_it_is_favourable(self, mixture):
        _, mass, chance = self.grid(mixture)
        assert mass.sum() == pytest.approx(1, abs=1e-6)
        assert (mass * chance).sum() == pytest.approx(0.5, abs=1e-6)

    def test_draws_follow_the_density(self, mixture):
        x, label = mixture.sample(40_000, np.random.default_rng(3))
        points, mass, chance = self.grid(mixture)
        edges = [np.quantile(x[:, 0], np.linspace(0.1, 0.9, 9)), np.quantile(x[:, 1], [0.25, 0.5, 0.75])]

        def boxes(z):
            return np.searchsorted(edges[0], z[:, 0]) * 4 + np.searchsorted(edges[1], z[:, 1])

        expected = np.bincount(boxes(points), mass, 40)
        seen = np.bincount(boxes(x), minlength=40)
        # The grid cuts cells at the edges of the boxes, hence a tolerance beside the sampling error.
        assert np.abs(seen / len(x) - expected).max() < 0.008
        favourable = np.bincount(boxes(points), mass * chance, 40)
        assert np.abs(np.bincount(boxes(x), label, 40) / len(x) - favourable).max() < 0.008

    def test_the_same_generator_gives_the_same_draws(self, mixture):
        first = mixture.sample(10, np.random.default_rng(5))
        again = mixture.sample(10, np.random.default_rng(5))
        assert np.array_equal(first[0], again[0])
        assert np.array_equal(first[1], again[1])

    def test_far_away_the_probability_is_still_a_number(self, mixture):
        far = np.array([[1e3, 1e3], [-1e3, 1e3]])
        assert np.isfinite(mixture.probability(far)).all()
        assert np.isfinite(mixture.log_density(far)).all()


def test_corr_needs_both_features_to_move():
    # Moving x1 alone from one class's centre to the label boundary leaves the data, moving both does not.
    alone, both = np.array([[1.0, -1.0]]), np.array([[0.0, 0.0]])
    assert CORR.probability(alone) == pytest.approx(0.5)
    assert CORR.probability(both) == pytest.approx(0.5)
    assert CORR.log_density(both) - CORR.log_density(alone) > 9


@pytest.mark.parametrize("name", GENERATED)
def test_people_are_drawn_anew_from_where_the_rows_come_from(name):
    whole = load(name)
    drawn = draw_people(name, 3000, 5)
    assert list(drawn) == [*whole.schema.names, whole.schema.target.name]
    pd.testing.assert_frame_equal(drawn, draw_people(name, 3000, np.random.default_rng(5)))
    other = replace(whole, test=drawn)
    assert len(other.encoder.encode(other.test)) == 3000 and not drawn.equals(draw_people(name, 3000, 6))
    assert whole.known is not None
    share, truth = other.favourable(drawn).mean(), whole.known(drawn).mean()
    assert abs(share - truth) < stats.norm.ppf(1 - LIKELY) * 0.5 / np.sqrt(3000)
    for feature in whole.schema.names:
        if pd.api.types.is_numeric_dtype(drawn[feature]):
            assert stats.ks_2samp(drawn[feature], whole.train[feature]).pvalue > LIKELY


@pytest.mark.parametrize(
    ("name", "n", "said"),
    [
        ("adult", 5, "'adult' is not generated"),
        ("loann", 5, "unknown data set 'loann'"),
        ("loan", 0, "0 people cannot be drawn"),
    ],
)
def test_people_that_cannot_be_drawn_are_one_line(name, n, said):
    with pytest.raises(UsageError, match=said):
        draw_people(name, n)
