import json
from pathlib import Path

import numpy as np
import pytest

from planes import Daemon, Plane
from tradeplat.control.protocol import Role
from tradeplat.control.server import ControlServer
from tradeplat.control.tokens import read_token
from tradeplat.core.errors import BadInput
from tradeplat.runtime.supervisor import Supervisor


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_daemon_is_found_by_its_card_and_leaves_nothing(tmp_path: Path) -> None:
    daemon = Daemon()
    async with Supervisor(np.random.default_rng(1)) as supervisor:
        async with ControlServer(daemon.engine(supervisor), tmp_path, 0) as server:
            card = json.loads((tmp_path / "control.json").read_text())
            assert card["port"] == server.port > 0
            assert (card["epoch"], card["mode"]) == (7, "paper")
            tokens = [read_token(tmp_path, role) for role in Role]
            text = (tmp_path / "control.json").read_text()
            assert not any(token in text for token in tokens)
        assert left(tmp_path) == []
        async with ControlServer(daemon.engine(supervisor), tmp_path) as server:
            assert server.port == 0
            assert not set(tokens) & {read_token(tmp_path, role) for role in Role}


async def test_a_taken_port_is_one_line(plane: Plane, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with Supervisor(np.random.default_rng(1)) as supervisor:
        with pytest.raises(BadInput, match=r"control\.port=\d+: cannot listen"):
            async with ControlServer(plane.daemon.engine(supervisor), other, plane.server.port):
                pass  # refused on the way in


async def test_it_answers_this_machine_alone(plane: Plane) -> None:
    server = plane.server._web._listening
    assert [one.getsockname()[0] for one in server.sockets] == ["127.0.0.1"]
