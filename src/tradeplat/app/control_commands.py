"""`tradeplat status | flatten | kill | resume | override`: from the command line to the daemon."""

import asyncio
import getpass
import json
import os
import re
import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tradeplat.app import daemons, standing
from tradeplat.app.daemons import FLATTEN_FILE, KILL_FILE, Found
from tradeplat.app.exits import DONE, OPEN_ENDS
from tradeplat.app.outcome import Outcome
from tradeplat.control.client import connected
from tradeplat.control.protocol import Outcome as Came
from tradeplat.control.protocol import Permit, Reason, Role, Shape, Symbols
from tradeplat.core.errors import BadInput, TradeplatError, Transient
from tradeplat.core.premises import OVERRIDE_SECONDS
from tradeplat.risk.codes import CODES, overridable

PATIENCE = 60.0
"""Wall seconds that a flatten is waited for."""

_SYMBOLS = Shape(Symbols)
_PERMIT = Shape(Permit)


class Where(msgspec.Struct, frozen=True):
    """Where daemons are looked for: the folder of runs, or one run that was named."""

    logs: Path = Path("logs")
    run: Path | None = None


def status(where: Where) -> Outcome:
    """How the daemon stands; BadInput when none runs."""
    found = needed(where)
    came = _asked(found, Role.VIEWER, "status", None)
    return Outcome(came.detail, standing.text(came.detail))


def flatten(where: Where, symbols: Iterable[str], why: str) -> Outcome:
    """Close `symbols`, or everything, and wait until that is done; exit code 3 when it is not.

    A daemon that does not answer gets the file when it is everything: its guardian, or the next
    start, obeys that.
    """
    names = [symbol.strip().upper() for symbol in symbols]
    body = _SYMBOLS.read(json.dumps({"symbols": names, "who": _who(), "why": why[:500]}).encode())
    found = daemons.one(where.logs, where.run)
    if found is not None:
        try:
            return _told([(found, _asked(found, Role.TRADER, "flatten", body))])
        except Transient as error:
            if names:
                raise
            return _left(where, FLATTEN_FILE, why, f"{found}: {error}")
    if names:
        raise BadInput(f"{_nobody(where)}: without one, only everything can be flattened")
    return _left(where, FLATTEN_FILE, why)


def kill(where: Where, why: str, *, flat: bool) -> Outcome:
    """Stop all trading and withdraw every order of every daemon, or of the one that was named.

    All are asked at once, so that none waits for another to be flat. One that does not answer gets
    the kill file, which needs nobody to listen.
    """
    named = daemons.one(where.logs, where.run) if where.run else None
    found = [named] if named is not None else daemons.running(where.logs)
    file = FLATTEN_FILE if flat else KILL_FILE
    if not found:
        return _left(where, file, why)
    said = asyncio.run(_asked_at_once(found, "panic" if flat else "kill", why))
    came = [(daemon, one) for daemon, one in said if isinstance(one, Came)]
    mute = [f"{daemon}: {one}" for daemon, one in said if isinstance(one, TradeplatError)]
    if not mute:
        return _told(came)
    left = _left(where, file, why, "; ".join(mute))
    text = "\n".join([*(one.text for _, one in came), left.text])
    return Outcome({**left.numbers, "killed": [str(d.folder) for d, _ in came]}, text, OPEN_ENDS)


class Pass(msgspec.Struct, frozen=True):
    """What is to be let pass: a check by its code, of a symbol, a strategy or the account."""

    code: str
    symbol: str = ""
    strategy: str = ""
    minutes: int = OVERRIDE_SECONDS // 60
    revoke: bool = False


def override(where: Where, wish: Pass, why: str) -> Outcome:
    """Let orders pass a soft check for a while, or no longer; BadInput says why that cannot be.

    Without a code: what is overridden, and what can be.
    """
    if not wish.code:
        found = _asked(needed(where), Role.VIEWER, "status", None).detail
        soft = [code for code in CODES if overridable(code)]
        lines = [standing.override_line(one) for one in found["overrides"]]
        said = "\n".join([*(lines or ["nothing is overridden"]), f"can be: {', '.join(soft)}"])
        return Outcome({"overrides": found["overrides"], "overridable": soft}, said)
    if wish.symbol and wish.strategy:
        raise BadInput("--symbol and --strategy: found both, expected one scope")
    body = {
        "code": wish.code.upper(),
        "scope": f"@{wish.strategy}" if wish.strategy else wish.symbol.upper(),
        "who": _who(),
        "why": why[:500],
        "seconds": wish.minutes * 60,
        "revoke": wish.revoke,
    }
    order = _PERMIT.read(json.dumps(body).encode())
    came = _asked(needed(where), Role.TRADER, "override", order)
    if not came.done:
        raise BadInput(came.text)
    return Outcome({"done": True, "text": came.text, **came.detail}, came.text)


def resume(where: Where, why: str) -> Outcome:
    """Let a daemon trade again; with none running, only the kill files go."""
    found = daemons.one(where.logs, where.run)
    if found is not None:
        order = Reason(_who(), why[:500])
        return _told([(found, _asked(found, Role.TRADER, "resume", order))])
    there = [where.logs / file for file in (KILL_FILE, FLATTEN_FILE)]
    gone = [str(path) for path in there if path.exists()]
    if not gone:
        raise BadInput(_nobody(where))
    for path in there:
        path.unlink(missing_ok=True)
    said = f"no daemon runs under {where.logs}: removed {' and '.join(gone)}"
    return Outcome({"daemon": None, "removed": gone}, said)


def _told(came: list[tuple[Found, Came]]) -> Outcome:
    done = all(one.done for _, one in came)
    several = len(came) > 1
    text = "\n".join(f"{d.folder}: {one.text}" if several else one.text for d, one in came)
    each = [
        {"run": str(d.folder), "done": one.done, "text": one.text, **one.detail} for d, one in came
    ]
    numbers: dict[str, Any] = {"done": done, "daemons": each} if several else each[0]
    return Outcome(numbers, text, DONE if done else OPEN_ENDS)


def _left(where: Where, file: Path, why: str, mute: str = "") -> Outcome:
    """Leave a kill file; what is open at the broker stays unknown: exit code 3."""
    path = where.logs / file
    daemons.leave(path, f"{_who()}: {why or 'no reason given'}")
    said = (
        f"{mute or _nobody(where)}: wrote {path}, which whoever trades this account obeys, the "
        "next start included, until it is resumed; what is open at the broker was not looked at"
    )
    return Outcome({"done": False, "daemon": None, "kill_file": str(path)}, said, OPEN_ENDS)


def _asked(found: Found, role: Role, do: str, body: object) -> Came:
    return asyncio.run(_ask(found, role, do, body))


async def _asked_at_once(
    found: Iterable[Found], do: str, why: str
) -> list[tuple[Found, Came | TradeplatError]]:
    """What each daemon said to a command that stops it, or why it said nothing."""
    order = Reason(_who(), why[:500])

    async def ask(daemon: Found) -> tuple[Found, Came | TradeplatError]:
        try:
            return daemon, await _ask(daemon, Role.KILL, do, order)
        except TradeplatError as error:
            return daemon, error

    return await asyncio.gather(*(ask(daemon) for daemon in found))


async def _ask(found: Found, role: Role, do: str, body: object) -> Came:
    name = f"cli-{os.getpid()}-{secrets.token_hex(4)}"
    async with connected(found.folder, role, name, time.time_ns) as client:
        return await client.do(do, msgspec.UNSET if body is None else body, PATIENCE)


def needed(where: Where) -> Found:
    """The daemon that is meant; BadInput when none runs."""
    found = daemons.one(where.logs, where.run)
    if found is None:
        raise BadInput(_nobody(where))
    return found


def _nobody(where: Where) -> str:
    return f"no daemon runs under {where.logs} (tradeplat run starts one)"


def _who() -> str:
    """Who sits here, in the letters that a command takes."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = f"uid-{os.getuid()}"
    return re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip("._-")[:64] or "operator"
