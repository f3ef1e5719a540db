"""Flips are fair, repeatable, and different for different seeds."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.indicators.noise import MODULUS, step_noise, stir_noise, uniform


def draws(state, count):
    out = []
    for _ in range(count):
        state = step_noise(state)
        out.append(uniform(state))
    return out


def test_it_is_the_published_generator():
    state = 1
    for _ in range(10_000):
        state = step_noise(state)
    assert state == 399_268_537


@given(st.integers(-(2**80), 2**80), st.integers(0, 2**40))
def test_any_seed_gives_a_legal_state(seed, value):
    state = stir_noise(stir_noise(1, seed), value)
    assert 1 <= state < MODULUS
    assert 0.0 < uniform(state) < 1.0
    assert 1 <= step_noise(state) < MODULUS


def test_draws_are_spread_evenly_whatever_the_seed():
    for seed in range(8):
        values = draws(stir_noise(1, seed), 20_000)
        tenths = [sum(1 for v in values if int(v * 10) == tenth) for tenth in range(10)]
        assert all(1850 < count < 2150 for count in tenths)
        runs = sum(1 for a, b in itertools.pairwise(values) if (a < 0.5) == (b < 0.5))
        assert 9700 < runs < 10_300


def test_first_draws_of_neighbouring_seeds_are_unlike():
    firsts = [uniform(stir_noise(1, seed)) for seed in range(1000)]
    assert 440 < sum(1 for value in firsts if value < 0.5) < 560


def test_all_are_marked_as_kernels():
    assert all(map(is_kernel, (step_noise, stir_noise, uniform)))
