"""One made-up ticker is made of plain parts."""

import numpy as np

from tradeplat.history.invented import MOST, shocks, symbols


def test_symbols_differ_and_fewer_are_the_beginning_of_more():
    many = symbols(np.random.default_rng(1), MOST)
    assert len(set(many)) == MOST
    assert all(len(symbol) == 4 and symbol.isupper() for symbol in many)
    assert symbols(np.random.default_rng(1), 7) == many[:7]


def test_shocks_have_mean_0_and_variance_1():
    draws = shocks(np.random.default_rng(1), 100_000)
    assert abs(draws.mean()) < 0.02
    assert abs(draws.std() - 1) < 0.02
    assert np.abs(draws).max() < 3.5
