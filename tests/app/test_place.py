from pathlib import Path

import pytest

from tradeplat.app import credentials, place, run_folder
from tradeplat.app.settings import load
from tradeplat.core.errors import BadInput


@pytest.mark.parametrize(
    ("sets", "host", "stream"),
    [
        ([], place.PAPER, place.STREAM + "/v2/iex"),
        (["run.mode=live", "alpaca.feed=sip"], place.LIVE, place.STREAM + "/v2/sip"),
        (["alpaca.trading_url=http://h", "alpaca.stream_url=ws://s/x"], "http://h", "ws://s/x"),
    ],
)
async def test_the_vendors_hosts_follow_mode_and_settings(
    sets: list[str], host: str, stream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(credentials.KEY, "PKTEST")
    monkeypatch.setenv(credentials.SECRET, "hidden-secret")
    settings = load(None, ["run.venue=alpaca", *sets])
    async with place.opened(settings, run_folder.given(tmp_path / "run")) as where:
        assert (where.trading_url, where.stream_url) == (host, stream)
        assert (where.end, where.speed, where.lockstep) == (0, 1.0, False)
        assert where.secrets == ("PKTEST", "hidden-secret")
        assert "hidden" not in repr(where)


async def test_the_vendor_needs_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(credentials.KEY, raising=False)
    monkeypatch.delenv(credentials.SECRET, raising=False)
    settings = load(None, ["run.venue=alpaca"])
    with pytest.raises(BadInput, match=r"APCA_API_KEY_ID"):
        async with place.opened(settings, run_folder.given(tmp_path / "run")):
            pass
