import pytest

from tradeplat.app import environment, place
from tradeplat.app.environment import Pinned
from tradeplat.app.place import Place
from tradeplat.app.settings import load
from tradeplat.core.errors import BadInput, Denied

BUILTIN = "http://127.0.0.1:8700"


def at(url: str) -> Place:
    return Place("x", url, url, url, "iex", "k", "s")


@pytest.mark.parametrize(
    ("pinned", "url", "account", "words"),
    [
        (Pinned("paper", "", ""), place.PAPER, "PA1", ""),
        (Pinned("paper", "", ""), BUILTIN, "any", ""),
        (Pinned("paper", "PA1", ""), place.PAPER, "PA1", ""),
        (Pinned("live", "A9", "api.alpaca.markets"), place.LIVE, "A9", ""),
        (Pinned("paper", "", ""), place.LIVE, "A9", "paper order but account A9 is at api.alpaca"),
        (Pinned("paper", "", ""), "https://API.alpaca.markets", "A9", "is at api.alpaca.markets"),
        (Pinned("paper", "PA1", ""), place.PAPER, "PA2", "account PA2 is not PA1"),
        (Pinned("live", "A9", "api.alpaca.markets"), place.LIVE, "A8", "account A8 is not A9"),
        (Pinned("live", "A9", ""), place.LIVE, "A9", "is not pinned"),
        (Pinned("live", "", "api.alpaca.markets"), place.LIVE, "A9", "is not pinned"),
        (Pinned("live", "A9", "api.alpaca.markets"), place.PAPER, "A9", "is at paper-api.alpaca"),
        (Pinned("live", "A9", "127.0.0.1:8700"), BUILTIN, "A9", "live order but account A9 is at"),
    ],
)
def test_mode_account_and_host_have_to_agree(
    pinned: Pinned, url: str, account: str, words: str
) -> None:
    said = pinned.objection(at(url), account)
    assert words in said
    assert bool(said) is bool(words)
    if words:
        with pytest.raises(Denied, match="ENV_MISMATCH: Refused"):
            pinned.check(at(url), account)
    else:
        pinned.check(at(url), account)


def test_live_settings_have_to_name_account_and_host() -> None:
    environment.check(load(None))
    with pytest.raises(BadInput, match=r"needs run\.account"):
        environment.check(load(None, ["run.mode=live"]))
    with pytest.raises(BadInput, match=r"needs alpaca\.trading_url"):
        environment.check(load(None, ["run.mode=live", "run.account=A9"]))
    whole = ["run.mode=live", "run.account=A9", f"alpaca.trading_url={place.LIVE}"]
    environment.check(load(None, whole))
    assert environment.pinned(load(None, whole)) == Pinned("live", "A9", "api.alpaca.markets")


def test_an_address_carries_no_key() -> None:
    with pytest.raises(BadInput, match=r"alpaca\.trading_url: found .*, expected an address"):
        load(None, ["alpaca.trading_url=https://key:word@api.alpaca.markets"])


def test_what_is_admitted_is_judged_again_for_every_order() -> None:
    settings = load(None, ["run.account=PA1"])
    assert environment.admitted(settings, at(place.PAPER), "PA1")() == ""
    with pytest.raises(Denied, match="ENV_MISMATCH"):
        environment.admitted(settings, at(place.PAPER), "PA2")
