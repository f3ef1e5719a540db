"""Chance that a machine carries in its own state: the same seed, the same flips, in any world."""

from tradeplat.core.kernel import kernel

MODULUS = 2_147_483_647
"""2**31 - 1, a prime: every state from 1 to this less one is visited before any repeats."""

FACTOR = 48_271


@kernel
def step_noise(state: int) -> int:
    """The state after `state`, 1 to MODULUS - 1 (Park and Miller's minimal standard generator).

    No product exceeds 47 bits, so it runs alike on Python's integers and on machine words.
    """
    return state * FACTOR % MODULUS


@kernel
def stir_noise(state: int, value: int) -> int:
    """A legal state that depends on both `state` and any whole number `value`."""
    mixed = (state * 31 + value) % (MODULUS - 1) + 1
    return step_noise(step_noise(step_noise(mixed)))


@kernel
def uniform(state: int) -> float:
    """The number in (0, 1) that a state stands for."""
    return state / MODULUS
