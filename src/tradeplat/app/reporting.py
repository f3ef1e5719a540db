"""`tradeplat report`: figures and page of a run from its folder alone."""

import webbrowser
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tradeplat.analytics.report import fold, render
from tradeplat.analytics.words import terminal as in_words
from tradeplat.app import rerunning
from tradeplat.app.outcome import Outcome
from tradeplat.app.run_folder import EVENTS, PAGE
from tradeplat.core.errors import BadInput
from tradeplat.journal.reader import Record


class Built(msgspec.Struct, frozen=True):
    """A report that was written."""

    numbers: Mapping[str, object]
    text: str
    page: Path


def build(folder: Path, html: Path | None = None, *, revised: bool = False) -> Built:
    """Read the record in `folder` and write its page, beside the record unless `html` is given.

    With `revised` the session is run again where bars were amended, to tell what those would have
    changed. Raises BadInput when there is no record or it cannot be read.
    """
    events = folder / EVENTS
    if not events.is_file():
        raise BadInput(f"{folder}: no recorded run (expected {EVENTS} in it)")
    record = Record(events)
    record.header()
    run = fold(record)
    if revised and run.tally.amended:
        run = msgspec.structs.replace(run, revisions=_revisions(folder))
    page = html or folder / PAGE
    try:
        page.write_text(render(run), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{page}: cannot be written ({error.strerror})") from None
    return Built(run.summary, in_words(run.summary), page)


def _revisions(folder: Path) -> dict[str, object] | None:
    """What revised bars would have changed, JSON-ready; a record that cannot be run again, because
    its strategies are gone for instance, is reported all the same.
    """
    try:
        found = rerunning.revised(folder)
    except BadInput as error:
        return {"error": str(error)}
    return None if found is None else {**msgspec.to_builtins(found), "total": found.total}


def run(folder: Path, html: Path | None, *, show: bool) -> Outcome:
    """Build the report and, if asked, open it in the browser."""
    built = build(folder, html, revised=True)
    if show:
        webbrowser.open(built.page.resolve().as_uri())
    numbers = {**built.numbers, "page": str(built.page)}
    return Outcome(numbers, f"{built.text}\nreport: {built.page}")
