"""`@kernel` marks a pure numeric function: scalars in, scalars out, compilable as it stands."""

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Mark `function` as compilable; it is returned unchanged and costs nothing to call."""
    function.__dict__["__kernel__"] = True
    return function


def is_kernel(function: Callable[..., object]) -> bool:
    """True when `function` was marked with `@kernel`."""
    return getattr(function, "__kernel__", False) is True
