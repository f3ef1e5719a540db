"""Keys come from the environment or from a file only its owner may read; nowhere else."""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from tradeplat.core.errors import BadInput, Denied

KEY, SECRET, FILE = "APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "TRADEPLAT_SECRETS"


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


def alpaca(environment: Mapping[str, str] | None = None) -> Credentials | None:
    """Alpaca's keys, None when there are none.

    Raises BadInput where only half a pair is given, Denied where others may read the file.
    """
    found = os.environ if environment is None else environment
    key, secret = found.get(KEY, ""), found.get(SECRET, "")
    if not key and not secret and found.get(FILE):
        key, secret = _from_file(Path(found[FILE]))
    if not key and not secret:
        return None
    if not key or not secret:
        missing = SECRET if key else KEY
        raise BadInput(f"environment: {missing} is missing; both halves of a key pair are needed")
    return Credentials(key, secret)


def _from_file(path: Path) -> tuple[str, str]:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Denied(f"{path}: others may read these keys; run chmod 600 {path}")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{FILE}={path}: cannot be read ({error})") from None
    return str(table.get(KEY, "")), str(table.get(SECRET, ""))
