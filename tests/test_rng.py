import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from scipy import stats

from recbench.rng import Rng

LIKELY = 1e-4
"""Seeds are fixed, so a test passes always or never; a sound generator fails one test in 10,000."""


def people(n=200, seed=0, *labels):
    return Rng(seed, *labels).people(range(n))


def test_uniform_is_uniform_over_people_and_over_places():
    draws = people(400).uniform(500).numpy()
    assert draws.min() >= 0
    assert draws.max() < 1
    assert stats.kstest(draws.ravel(), "uniform").pvalue > LIKELY
    assert stats.kstest(draws[:, 0], "uniform").pvalue > LIKELY
    assert stats.kstest(draws[0], "uniform").pvalue > LIKELY


def test_successive_draws_are_uniform_together():
    stream = people(300)
    draws = torch.stack([stream.uniform() for _ in range(200)], dim=1).numpy()
    assert stats.kstest(draws.ravel(), "uniform").pvalue > LIKELY
    assert stats.kstest(draws[7], "uniform").pvalue > LIKELY


def test_normal_is_normal_and_always_finite():
    draws = people(400).normal(500).numpy().ravel()
    assert np.isfinite(draws).all()
    assert stats.kstest(draws, "norm").pvalue > LIKELY


def test_the_largest_and_smallest_bits_give_finite_draws(monkeypatch):
    for bits in (-1, 0):  # all 64 bits set, and none
        stream = people(3)
        monkeypatch.setattr(type(stream), "bits", lambda self, *shape, b=bits: torch.full((3,), b))
        assert torch.isfinite(stream.normal()).all()
        assert torch.isfinite(stream.gumbel()).all()
        assert (stream.uniform() < 1).all()
        assert stream.integers(10).max() <= 9


def test_gumbel_is_gumbel_and_draws_categories():
    assert stats.kstest(people(400).gumbel(500).numpy().ravel(), "gumbel_r").pvalue > LIKELY
    chances = torch.tensor([0.1, 0.2, 0.7])
    drawn = (chances.log() + people(30_000).gumbel(3)).argmax(dim=1)
    counts = torch.bincount(drawn, minlength=3).numpy()
    assert stats.chisquare(counts, 30_000 * chances.double().numpy()).pvalue > LIKELY


def test_integers_are_uniform():
    counts = torch.bincount(people(500).integers(7, 100).ravel(), minlength=7)
    assert len(counts) == 7
    assert stats.chisquare(counts.numpy()).pvalue > LIKELY


def test_every_bit_is_fair():
    bits = people(100).bits(1000).numpy().view(np.uint64).ravel()
    ones = np.array([int(((bits >> np.uint64(place)) & np.uint64(1)).sum()) for place in range(64)])
    z = (ones - len(bits) / 2) / np.sqrt(len(bits) / 4)
    assert stats.chi2.sf((z**2).sum(), 64) > LIKELY


@pytest.mark.parametrize("across", ["people", "calls", "streams", "seeds", "places"])
def test_draws_are_independent_across(across):
    n = 20_000
    if across == "people":
        first, second = people(2 * n).normal().reshape(n, 2).T
    elif across == "calls":
        stream = people(n)
        first, second = stream.normal(), stream.normal()
    elif across == "streams":
        first, second = people(n).stream("step", 0).normal(), people(n).stream("step", 1).normal()
    elif across == "seeds":
        first, second = people(n, 0).normal(), people(n, 1).normal()
    else:
        first, second = people(n).normal(2).T
    assert stats.pearsonr(first.numpy(), second.numpy()).pvalue > LIKELY
    assert stats.pearsonr(first.abs().numpy(), second.abs().numpy()).pvalue > LIKELY


def test_hundreds_of_draws_from_one_stream_all_differ():
    stream = people(3)
    draws = torch.stack([stream.bits() for _ in range(300)])
    assert len(draws.unique()) == draws.numel()


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(12)), keep=st.integers(1, 12), calls=st.integers(1, 4))
def test_a_persons_draws_do_not_depend_on_who_else_is_there(order, keep, calls):
    ids = np.array([f"person {k}" for k in range(12)], dtype=object)
    rows = torch.tensor(order[:keep])
    everyone, some, picked = Rng(3).people(ids), Rng(3).people(ids[rows.numpy()]), Rng(3).people(ids).of(rows)
    for _ in range(calls):
        expected = everyone.normal(4)[rows]
        assert torch.equal(some.normal(4), expected)
        assert torch.equal(picked.normal(4), expected)


def test_of_takes_masks_and_slices_and_begins_anew():
    stream = people(6)
    first = stream.uniform(2)
    mask = torch.tensor([True, False, True, False, False, True])
    assert torch.equal(stream.of(mask).uniform(2), first[mask])
    assert torch.equal(stream.of(slice(2, 4)).uniform(2), first[2:4])
    assert len(stream.of(mask)) == 3


def test_ids_of_any_type_have_streams_and_equal_ids_share_one():
    draws = Rng(0).people(["a", "a", 7, 7.5, ("x", 1), None]).uniform()
    assert draws[0] == draws[1]
    assert len(draws.unique()) == 5


def test_one_persons_stream_is_their_own_whoever_else_is_there():
    alone = Rng(0).people(["b"]).person(0)
    among = Rng(0).people(["a", "b", "c"]).person(1)
    assert alone.integer() == among.integer()
    assert alone.integer() != Rng(0).people(["a"]).person(0).integer()


def test_shapes_and_types():
    stream = people(5)
    assert stream.uniform().shape == (5,)
    assert stream.uniform(2, 3).shape == (5, 2, 3)
    assert stream.uniform(0).shape == (5, 0)
    assert Rng(0).people([]).normal(3).shape == (0, 3)
    assert stream.normal().dtype == torch.float32
    assert stream.bits().dtype == torch.int64


def test_streams_are_pure_functions_of_seed_and_labels():
    rng = Rng(5)
    assert rng.stream("a", 1).entropy == Rng(5).stream("a").stream(1).entropy
    assert np.array_equal(rng.numpy().random(5), rng.numpy().random(5))
    assert torch.equal(torch.rand(5, generator=rng.torch()), torch.rand(5, generator=Rng(5).torch()))
    seen = {
        stream.entropy
        for stream in (rng, Rng(6), rng.stream("a"), rng.stream("b"), rng.stream(1), rng.stream("1"))
    }
    assert len(seen) == 6
    assert all(0 <= Rng(seed).integer() < 2**31 for seed in range(100))


def test_streams_stay_as_they_were():
    # Stored results name seeds: the numbers behind a seed must never change.
    assert Rng(0).stream("gold").integer() == 1518092047
    assert people(2).bits(2).tolist() == [
        [7011430785021174172, 4809374706976902604],
        [1802088971255470923, -1553131835230488908],
    ]


def test_globally_seeds_inside_and_restores_after():
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)

    def draws():
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    untouched = draws()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    with Rng(0).globally():
        inside = draws()
    assert draws() == untouched
    with Rng(0).globally():
        assert draws() == inside
    with Rng(1).globally():
        assert all(a != b for a, b in zip(draws(), inside, strict=True))


def test_globally_restores_after_an_error():
    torch.manual_seed(2)
    state, python_state = torch.get_rng_state(), random.getstate()
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002
    with pytest.raises(KeyError), Rng(0).globally():
        torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
        raise KeyError
    assert torch.equal(torch.get_rng_state(), state)
    now = np.random.get_state(legacy=False)  # noqa: NPY002
    assert np.array_equal(now["state"]["key"], numpy_state["state"]["key"])
    assert random.getstate() == python_state


def test_seeding_globally_wakes_no_gpu(monkeypatch):
    def woken(*_):
        raise AssertionError("a GPU was asked for its state")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    monkeypatch.setattr(torch.cuda, "get_rng_state", woken)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", woken)
    with Rng(0).globally():
        inside = torch.rand(3)
    with Rng(0).globally():
        assert torch.equal(torch.rand(3), inside)
