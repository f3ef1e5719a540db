import numpy as np
import pytest

from tradeplat.app import readiness
from tradeplat.core.errors import Transient
from tradeplat.runtime.supervisor import OnFault, Supervisor


async def test_it_returns_once_ready() -> None:
    asked = iter([False, False, True])
    async with Supervisor(np.random.default_rng(1)) as supervisor:
        await readiness.until(lambda: next(asked), "the feed", supervisor)
    assert next(asked, None) is None


async def test_what_takes_too_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "READY_SECONDS", 0.0)
    async with Supervisor(np.random.default_rng(1)) as supervisor:
        with pytest.raises(Transient, match="the feed did not come up within 0 s"):
            await readiness.until(lambda: False, "the feed", supervisor)


async def test_what_makes_it_impossible_is_raised() -> None:
    async def breaks() -> None:
        raise ZeroDivisionError

    async with Supervisor(np.random.default_rng(1)) as supervisor:
        supervisor.start("breaks", breaks, OnFault.FATAL)
        with pytest.raises(ZeroDivisionError):
            await readiness.until(lambda: False, "the feed", supervisor)
