from pathlib import Path

import pytest

from tradeplat.app import credentials, place, run_folder
from tradeplat.app.settings import load
from tradeplat.core.errors import BadInput, Denied

KEY, HIDDEN = "PK7QXN2L5V8RMZ4TJ0BD", "bF6j1sD0gK5yC8vM2qXahT5k2pQ9xV7mZ3rL8wN4"


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
    use = credentials.Use.LIVE if "run.mode=live" in sets else credentials.Use.PAPER
    for name, value in zip(credentials.NAMES[use], (KEY, HIDDEN), strict=True):
        monkeypatch.setenv(name, value)
    settings = load(None, ["run.venue=alpaca", *sets])
    async with place.opened(settings, run_folder.given(tmp_path / "run")) as where:
        assert (where.trading_url, where.stream_url) == (host, stream)
        assert (where.end, where.speed, where.lockstep) == (0, 1.0, False)
        assert (where.key, where.secret) == (KEY, HIDDEN)
        assert where.data == (KEY, HIDDEN)
        assert KEY not in repr(where)
        assert HIDDEN not in repr(where)


async def test_market_data_may_have_keys_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {credentials.Use.PAPER: (KEY, HIDDEN), credentials.Use.DATA: (HIDDEN[::-1], KEY[::-1])}
    for use, pair in both.items():
        for name, value in zip(credentials.NAMES[use], pair, strict=True):
            monkeypatch.setenv(name, value)
    settings = load(None, ["run.venue=alpaca"])
    async with place.opened(settings, run_folder.given(tmp_path / "run")) as where:
        assert (where.key, where.secret, *where.data) == (KEY, HIDDEN, HIDDEN[::-1], KEY[::-1])


def test_an_example_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(credentials.KEY, "your_key_id_goes_here")
    monkeypatch.setenv(credentials.SECRET, HIDDEN)
    with pytest.raises(Denied, match=r"APCA_API_KEY_ID: .* is an example"):
        place.check(load(None, ["run.venue=alpaca"]))
    place.check(load(None, ["run.venue=alpaca", "alpaca.trading_url=http://127.0.0.1:1"]))


async def test_the_vendor_needs_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(credentials.KEY, raising=False)
    monkeypatch.delenv(credentials.SECRET, raising=False)
    settings = load(None, ["run.venue=alpaca"])
    with pytest.raises(BadInput, match=r"APCA_API_KEY_ID"):
        async with place.opened(settings, run_folder.given(tmp_path / "run")):
            pass  # refused on the way in


async def test_services_beside_the_broker_have_hosts_and_keys_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(credentials.KEY, KEY)
    monkeypatch.setenv(credentials.SECRET, HIDDEN)
    monkeypatch.setenv("MASSIVE_API_KEY", "m" * 20)
    monkeypatch.delenv("FMP_API_KEY", raising=False)
    settings = load(None, ["run.venue=alpaca", "polygon.url=http://h/"])
    async with place.opened(settings, run_folder.given(tmp_path / "run")) as where:
        found = where.vendor("massive")
        assert (found.url, found.key) == ("http://h", "m" * 20)
        assert where.vendor("polygon") == found
        assert where.vendor("alpaca_news").secret == HIDDEN
        assert "m" * 20 not in repr(found)
        with pytest.raises(BadInput, match="vendor fmp needs FMP_API_KEY in the environment"):
            where.vendor("fmp")
        with pytest.raises(BadInput, match="'bloomberg': expected one of alpaca_news, fmp"):
            where.vendor("bloomberg")
