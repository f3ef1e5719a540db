"""Real money and play money never meet: mode, account and host have to agree, always."""

from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from tradeplat.app.place import LIVE, Place, on_this_machine
from tradeplat.app.settings import Settings
from tradeplat.core.errors import BadInput, Denied

CODE = "ENV_MISMATCH"


class Pinned(msgspec.Struct, frozen=True):
    """What a session may trade with: its mode, the account it was told, the host it was told.

    An empty account or host is not pinned; live pins both.
    """

    mode: str
    account: str
    host: str

    def objection(self, place: Place, account: str) -> str:
        """Why no order may go to `account` at `place`, empty when it is the one that was meant."""
        host = host_of(place.trading_url)
        play = self.mode != "live" and on_this_machine(place.trading_url)
        actual = ""
        if (self.mode == "live") != (host == host_of(LIVE)) and not play:
            actual = f"at {host}"
        elif self.host and host != self.host:
            actual = f"at {host}, not {self.host}"
        elif self.account and account != self.account:
            actual = f"not {self.account}"
        elif self.mode == "live" and not (self.account and self.host):
            actual = "not pinned"
        said = f"{CODE}: Refused: {self.mode} order but account {account} is {actual}."
        return said if actual else ""

    def check(self, place: Place, account: str) -> None:
        """Raise Denied when `objection` has one."""
        if words := self.objection(place, account):
            raise Denied(words)


def pinned(settings: Settings) -> Pinned:
    """What `settings` pin."""
    return Pinned(settings.run.mode, settings.run.account, host_of(settings.alpaca.trading_url))


def admitted(settings: Settings, place: Place, account: str) -> Callable[[], str]:
    """What objects to every order while mode, account and host do not agree; Denied at once when
    they do not.
    """
    found = pinned(settings)
    found.check(place, account)
    return lambda: found.objection(place, account)


def check(settings: Settings) -> None:
    """Raise BadInput when `settings` would trade real money without naming account and host."""
    if settings.run.mode != "live":
        return
    for key, found in (
        ("run.account", settings.run.account),
        ("alpaca.trading_url", settings.alpaca.trading_url),
    ):
        if not found:
            raise BadInput(f"--mode live needs {key} in the settings: real money is pinned to it")


def host_of(url: str) -> str:
    """Host and port of an address, empty for none."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()
