"""Keys come from the environment or from a file only its owner may read; nowhere else."""

import os
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tradeplat.core.errors import BadInput, Denied, TradeplatError

FILE = "TRADEPLAT_SECRETS"
"""Names a TOML file with the same names as the environment."""

SHORTEST = 16
"""Characters of a secret below which it can be guessed."""

_EXAMPLES = (
    "example",
    "changeme",
    "change_me",
    "change-me",
    "password",
    "placeholder",
    "secret",
    "your_",
    "your-",
    "insert",
    "xxxxxx",
    "123456",
    "abcdef",
    "<",
    "...",
)
"""What stands in documentation where a secret belongs."""


class Use(StrEnum):
    """What a key pair is for; each use has names of its own."""

    PAPER = "paper"
    LIVE = "live"
    DATA = "data"
    GUARDIAN = "guardian"


NAMES: Mapping[Use, tuple[str, str]] = {
    Use.PAPER: ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"),
    Use.LIVE: ("APCA_LIVE_API_KEY_ID", "APCA_LIVE_API_SECRET_KEY"),
    Use.DATA: ("APCA_DATA_API_KEY_ID", "APCA_DATA_API_SECRET_KEY"),
    Use.GUARDIAN: ("APCA_GUARDIAN_API_KEY_ID", "APCA_GUARDIAN_API_SECRET_KEY"),
}
"""Key and secret of each use. Those without a word for their use never trade real money."""

KEY, SECRET = NAMES[Use.PAPER]

API_KEYS: Mapping[str, tuple[str, ...]] = {
    "polygon": ("POLYGON_API_KEY", "MASSIVE_API_KEY"),
    "fmp": ("FMP_API_KEY",),
}
"""Names of the one key that a vendor of data asks for; the first that is set counts."""


class Credentials:
    """One account's key pair; printing it shows nothing."""

    def __init__(self, key: str, secret: str) -> None:
        self.key = SecretStr(key)
        self.secret = SecretStr(secret)

    def secrets(self) -> tuple[str, str]:
        """The plain values, for the redactor and the wire."""
        return self.key.get_secret_value(), self.secret.get_secret_value()

    def __repr__(self) -> str:
        return "Credentials(***)"

    def __reduce__(self) -> str:
        raise TypeError("credentials are never written down")


def alpaca(
    environment: Mapping[str, str] | None = None, use: Use = Use.PAPER
) -> Credentials | None:
    """Alpaca's keys for one use, None when there are none.

    Raises BadInput where only half a pair is given, Denied where others may read the file.
    """
    found = os.environ if environment is None else environment
    names = NAMES[use]
    key, secret = (found.get(name, "") for name in names)
    if not key and not secret and found.get(FILE):
        key, secret = _from_file(Path(found[FILE]), names)
    if not key and not secret:
        return None
    if not key or not secret:
        missing = names[1] if key else names[0]
        raise BadInput(f"environment: {missing} is missing; both halves of a key pair are needed")
    return Credentials(key, secret)


def api_key(vendor: str, environment: Mapping[str, str] | None = None) -> str:
    """The key for a vendor of data, empty when there is none.

    Raises BadInput or Denied as `alpaca` does where the file with the keys cannot be used.
    """
    found = os.environ if environment is None else environment
    names = API_KEYS[vendor]
    key = next((found[name] for name in names if found.get(name)), "")
    if key or not found.get(FILE):
        return key
    table = _table(Path(found[FILE]))
    return next((str(table[name]) for name in names if table.get(name)), "")


def needed(use: Use, environment: Mapping[str, str] | None = None) -> Credentials:
    """Keys for `use`; BadInput names what is missing when there are none."""
    keys = alpaca(environment, use)
    if keys is None:
        first, second = NAMES[use]
        raise BadInput(f"venue alpaca needs {first} and {second} in the environment")
    return keys


def check_fit(use: Use, environment: Mapping[str, str] | None = None) -> None:
    """Raise Denied when the keys for `use` are an example, can be guessed, or serve live trading
    and something else at once.
    """
    keys = needed(use, environment)
    for name, value in zip(NAMES[use], keys.secrets(), strict=True):
        if reason := weak(value):
            raise Denied(f"{name}: this is no key of the vendor: it {reason}")
    others = set(Use) - {Use.LIVE} if use is Use.LIVE else {Use.LIVE}
    for other in sorted(others):
        twin = alpaca(environment, other)
        if twin is not None and set(twin.secrets()) & set(keys.secrets()):
            raise Denied(f"{NAMES[use][0]}: the {use} and the {other} keys must not be the same")


def weak(secret: str) -> str:
    """Why `secret` can be guessed or is an example, empty when neither is so."""
    folded = secret.casefold()
    if any(word in folded for word in _EXAMPLES):
        return "is an example"
    if len(secret) < SHORTEST:
        return "is too short"
    if len(set(secret)) < SHORTEST // 2:
        return "repeats itself"
    return ""


def known(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every secret there is to be hidden, whether it is of use or not."""
    found = os.environ if environment is None else environment
    names = _every_name()
    secrets = [found.get(name, "") for name in names]
    if found.get(FILE):
        with suppress(TradeplatError):  # who needs the file says what is wrong with it
            table = _table(Path(found[FILE]))
            secrets.extend(str(value) for value in table.values() if isinstance(value, str))
    return tuple(secret for secret in secrets if secret)


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` for a process that needs no keys."""
    hidden = {FILE, *_every_name()}
    return {name: value for name, value in environment.items() if name not in hidden}


def _every_name() -> list[str]:
    return [name for names in (*NAMES.values(), *API_KEYS.values()) for name in names]


def _from_file(path: Path, names: tuple[str, str]) -> tuple[str, str]:
    table = _table(path)
    return str(table.get(names[0], "")), str(table.get(names[1], ""))


def _table(path: Path) -> dict[str, Any]:
    try:
        found = path.stat()
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Denied(f"{path}: others may read these keys; run chmod 600 {path}")
        if found.st_uid != os.getuid():
            raise Denied(f"{path}: these keys are another user's; use a file of your own")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{FILE}={path}: cannot be read ({error})") from None
    except (ValueError, RecursionError):
        # The parser's own words quote what stands there.
        raise BadInput(f"{FILE}={path}: not valid TOML") from None
