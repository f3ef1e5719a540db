"""Runs a coroutine in a simulated world from its first step to its end."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from faultsim.loop import SimLoop, in_virtual_time, muted

_T = TypeVar("_T")

LONGEST = 7 * 86_400.0
"""Virtual seconds after which a run is called endless."""


def run_sim(
    main: Callable[[], Coroutine[Any, Any, _T]],
    seed: int | Sequence[int] = 0,
    *,
    shuffle: bool = True,
    limit: float = LONGEST,
) -> _T:
    """What `main()` returns, run on a fresh loop in virtual time; `limit` is virtual seconds.

    The same seed gives the same run. Raises what `main` raises, `Deadlock` when everybody waits
    for ever, `Endless` past `limit`. Inside, `asyncio.get_running_loop()` is the SimLoop, and
    its `net` carries every connection that is opened.
    """
    loop = SimLoop(seed, shuffle=shuffle)
    loop.limit = loop.time() + limit
    with muted(), in_virtual_time(loop):
        try:
            return loop.run_until_complete(main())
        finally:
            loop.abandon()
            loop.close()
