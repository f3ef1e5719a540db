import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from planes import Daemon, Plane
from tradeplat.control.server import ControlServer
from tradeplat.runtime.supervisor import Supervisor


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
