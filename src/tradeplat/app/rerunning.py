"""`tradeplat replay logs/<run>`: a recorded session through fresh desks, decision by decision."""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from pydantic import ValidationError

from tradeplat.app import wiring
from tradeplat.app.exits import DONE, FAILED
from tradeplat.app.outcome import Outcome
from tradeplat.app.run_folder import EVENTS
from tradeplat.app.settings import Settings
from tradeplat.core.errors import BadInput
from tradeplat.core.record import RunHeader
from tradeplat.core.schema import market_schema
from tradeplat.history.sessions import nyse_calendar
from tradeplat.journal.digest import RunDigest
from tradeplat.journal.reader import Record
from tradeplat.sim.rerun import Rerun, Witness
from tradeplat.sim.revised import Revised, Twins, amended


def is_run(paths: Sequence[Path]) -> bool:
    """True when what was named is the folder of one recorded run."""
    return len(paths) == 1 and (paths[0] / EVENTS).is_file()


def run(folder: Path) -> Outcome:
    """Rerun the record in `folder`; exit code 1 when a decision differs from the recorded one."""
    record = Record(folder)
    header = record.header()
    began = time.perf_counter()
    witness, digest = Witness(record), RunDigest()
    desks = _fresh(folder, header, witness, digest)
    again = witness.play(desks.floor)
    elapsed = time.perf_counter() - began
    same = (
        again.difference is None
        and again.recorded.decisions_sha256 == digest.decisions_sha256
        and again.recorded.fills_sha256 == digest.fills_sha256
    )
    numbers = {
        "run": str(folder),
        "same": same,
        "facts": again.facts,
        "decisions": digest.decided,
        "orders": digest.orders,
        "fills": digest.filled,
        "start_equity": float(header.start_cash),
        "end_equity": float(desks.tracker.equity()),
        "net": float(desks.tracker.equity() - header.start_cash),
        "truncated": record.truncated,
        "elapsed_s": elapsed,
        "decisions_sha256": digest.decisions_sha256,
        "fills_sha256": digest.fills_sha256,
        "recorded_decisions_sha256": again.recorded.decisions_sha256,
        "recorded_fills_sha256": again.recorded.fills_sha256,
        "difference": msgspec.to_builtins(again.difference),
    }
    text = _text(folder, again, digest, same=same, truncated=record.truncated)
    return Outcome(numbers, text, DONE if same else FAILED)


def revised(folder: Path) -> Revised | None:
    """What the strategies recorded in `folder` would have wished on the bars as they became; None
    where none was amended. BadInput when the session cannot be run again.
    """
    record = Record(folder)
    found = amended(record)
    if not found.final:
        return None
    header = record.header()
    witness = Witness(record)
    settings = _settings(folder, header)
    twins = Twins(found, wiring.seats(settings.strategy), lambda: witness.showing)
    witness.opened = twins.opened
    witness.play(_fresh(folder, header, witness, RunDigest()).floor)
    return twins.found


def _fresh(folder: Path, header: RunHeader, witness: Witness, digest: RunDigest) -> wiring.Desks:
    """Desks of the run's account as it was set, whose only world is `witness`."""
    if header.schema not in ("", market_schema()):
        found = f"found market facts of schema {header.schema[:14]}"
        raise BadInput(f"{folder}: {found}, expected {market_schema()[:14]}")
    account = wiring.Account(header.account, header.start_cash)
    witnesses = wiring.Witnesses(digest, witness, digest.fill)
    desks = wiring.join(_settings(folder, header), nyse_calendar(), account, witnesses)
    desks.house.install(witness, guarded=False)
    return desks


def _settings(folder: Path, header: RunHeader) -> Settings:
    try:
        return Settings.model_validate(header.settings)
    except ValidationError as error:
        raise BadInput(f"{folder}: settings in the record: {error.errors()[0]['msg']}") from None


def _text(folder: Path, again: Rerun, digest: RunDigest, *, same: bool, truncated: bool) -> str:
    lines = [
        f"reran       {folder}: {again.facts:,} facts, {digest.decided:,} decisions,"
        f" {digest.filled:,} fills",
        f"decisions   {digest.decisions_sha256}",
        f"recorded    {again.recorded.decisions_sha256}",
    ]
    if truncated:
        lines.append("the record was cut short; it was rerun as far as it goes")
    if same:
        lines.append("same decisions, same fills")
    elif again.difference is not None:
        first = again.difference
        lines.append(f"first difference at line {first.seq + 1}:")
        lines.append(f"  recorded  {first.recorded or 'nothing decided'}")
        lines.append(f"  replayed  {first.replayed or 'nothing decided'}")
    else:
        lines.append("same decisions, other fills")
    return "\n".join(lines)
