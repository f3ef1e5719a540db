import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import uvloop

from planes import Daemon, Plane
from tradeplat.control.server import ControlServer
from tradeplat.runtime.supervisor import Supervisor


def pytest_asyncio_loop_factories(config: object, item: object) -> dict[str, object]:
    """The loop of the tests, and the loop of the daemon: their transports are no kin."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[Plane]:
    """Unix socket and a loopback port."""
    daemon = Daemon()
    async with (
        Supervisor(np.random.default_rng(1)) as supervisor,
        ControlServer(daemon.engine(supervisor), tmp_path, 0) as server,
    ):
        made = Plane(daemon, server, tmp_path)
        yield made
        daemon.gate.set()
        for writer in made.writers:
            writer.transport.abort()
        await asyncio.sleep(0)
