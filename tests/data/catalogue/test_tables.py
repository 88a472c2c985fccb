"""Adult, COMPAS and HELOC as published: run with RECBENCH_DATA_HOME set to a folder that has them."""

import os
import time

import pandas as pd
import pytest

from recbench.data.catalogue.loading import load
from recbench.data.catalogue.tables import _ADULT, _COMPAS, _HELOC
from recbench.plugins import registry

needs_tables = pytest.mark.skipif(
    not os.environ.get("RECBENCH_DATA_HOME"), reason="RECBENCH_DATA_HOME is not set: no real tables here"
)
SCHEMAS = {"adult": _ADULT, "compas": _COMPAS, "heloc": _HELOC}


@pytest.mark.parametrize(
    ("name", "features", "immutable"), [("adult", 13, 2), ("compas", 7, 2), ("heloc", 21, 0)]
)
def test_features_and_immutables_are_the_papers(name, features, immutable):
    schema = SCHEMAS[name]
    assert len(schema) == features
    held = [feature.name for feature in schema.features if feature.immutable]
    assert held == (["race", "sex"] if immutable else [])
    assert not any(feature.monotone for feature in schema.features)


@pytest.mark.parametrize("name", registry.datasets.names())
def test_cards_tell_the_truth_about_sizes(name):
    card = registry.datasets.card(name)
    if card.files and not os.environ.get("RECBENCH_DATA_HOME"):
        pytest.skip("RECBENCH_DATA_HOME is not set: no real tables here")
    dataset = load(name)
    assert card.rows == (len(dataset.train), len(dataset.test))
    assert card.features == len(dataset.schema)
    assert (dataset.name, dataset.source, dataset.licence) == (name, card.source, card.licence)
    assert dataset.citation == card.citation
    assert dataset.licence
    assert dataset.citation
    assert (dataset.known is None) == bool(card.files)


@needs_tables
@pytest.mark.parametrize("name", SCHEMAS)
class TestRealTables:
    def test_kinds_are_what_the_values_say(self, name):
        dataset = load(name)
        both = pd.concat([dataset.train, dataset.test])
        for feature in dataset.schema.features:
            column = both[feature.name]
            if feature.discrete:
                assert set(column) == set(feature.categories)
            else:
                whole = bool((column == column.round()).all())
                assert feature.kind == ("integer" if whole else "continuous"), feature.name

    def test_declared_bounds_leave_the_training_range_as_it_is(self, name):
        encoder = load(name).encoder
        assert encoder.lower.tolist() == [0] * len(encoder)
        assert encoder.upper.tolist() == [1] * len(encoder)

    def test_own_values_come_back_exactly(self, name):
        dataset = load(name)
        encoded = dataset.encoder.encode(dataset.test)
        back = dataset.encoder.decode(encoded, dataset.test)
        for column in dataset.schema.names:
            assert (back[column].to_numpy() == dataset.test[column].to_numpy()).all(), column

    def test_a_few_people_lie_beyond_the_training_range(self, name):
        dataset = load(name)
        encoded = dataset.encoder.encode(dataset.test)
        beyond = ((encoded < 0) | (encoded > 1)).any(dim=1).sum().item()
        assert 0 < beyond < 10

    def test_the_hash_is_quick_and_stays(self, name):
        dataset = load(name)
        began = time.perf_counter()
        digest = dataset.content_hash
        assert time.perf_counter() - began < 1
        assert (
            digest[:16]
            == {"adult": "0bf93375170adb3f", "compas": "a2acd89baa58908d", "heloc": "01f4283e6226cf55"}[name]
        )


@needs_tables
def test_the_favourable_side_is_the_one_a_person_hopes_for():
    compas = load("compas")
    spared = compas.favourable(compas.train) == 1
    assert spared.mean() == pytest.approx(0.813, abs=1e-3)
    low, high = (compas.train[side].mean(numeric_only=True) for side in (spared, ~spared))
    assert low["priors_count"] < high["priors_count"] / 2
    assert low["two_year_recid"] < high["two_year_recid"]
    heloc = load("heloc")
    good = heloc.favourable(heloc.train) == 1
    risk = heloc.train["ExternalRiskEstimate"]  # FICO: a higher estimate is a better credit
    assert risk[good].mean() > risk[~good].mean()
    adult = load("adult")
    rich = adult.favourable(adult.train) == 1
    assert adult.train["education-num"][rich].mean() > adult.train["education-num"][~rich].mean()
