"""How far a long campaign has come: drawn on a terminal, and kept in a file to go on from."""

import sys
from pathlib import Path

import msgspec

from faultsim.campaign import Job, Result, Tally
from tradeplat.core.errors import BadInput

_WIDTH = 30


class State(msgspec.Struct):
    """What was done of a campaign: results of every schedule, and rounds of deaths by seed."""

    results: list[Result] = []
    rounds: list[int] = []
    fuzzed: bool = False
    seconds: float = 0.0


def load(path: Path | None) -> State:
    """What is known from an earlier process; nothing when there is no file yet."""
    if path is None or not path.exists():
        return State()
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInput(f"{path}: {error}, expected the state of a campaign") from None


def save(path: Path | None, state: State) -> None:
    """Keep `state`; a reader finds the old one or the new one, never a half."""
    if path is not None:
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(msgspec.json.encode(state))
        fresh.replace(path)


def resumed(state: State, todo: list[Job], tally: Tally) -> list[Job]:
    """What is left of `todo`, everything that was done counted."""
    done = {(result.kind, result.seed) for result in state.results}
    for result in state.results:
        if (result.kind, result.seed) in set(todo):
            tally.take(result)
    tally.earlier = state.seconds
    return [job for job in todo if job not in done]


def draw(what: str, done: int, total: int, broken: int) -> None:
    """One line that is drawn over, on a terminal only."""
    if not sys.stderr.isatty():
        return
    filled = _WIDTH * done // max(1, total)
    bar = "#" * filled + "." * (_WIDTH - filled)
    end = "\n" if done >= total else ""
    told = f"\r[{bar}] {done}/{total} {what}, broken {broken}"
    sys.stderr.write(told + end)
    sys.stderr.flush()
