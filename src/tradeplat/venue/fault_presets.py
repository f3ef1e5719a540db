"""Named sets of faults, for a person who wants to watch a session live through one."""

from typing import NamedTuple

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.venue.faults import Fault


class Preset(NamedTuple):
    """What it is like, and the faults that make it so."""

    words: str
    faults: tuple[Fault, ...]


def _each(probability: float, *names: str, **more: object) -> tuple[Fault, ...]:
    fields = {"probability": probability, **more}
    return tuple(msgspec.convert({"name": name, **fields}, Fault) for name in names)


_LOST = ("request_lost", "response_lost", "http_5xx", "http_504", "garbage_body", "truncated_body")
_MUDDLED = ("stream_duplicate", "stream_replay", "stream_delay", "stream_reorder")
_CUT = ("stream_drop", "disconnect_mid_batch", "half_open")
_ON_ACCOUNT = {"socket": "account"}
_ON_DATA = {"socket": "data"}

_RACES = (
    *_each(0.5, "partial_one_share", "fill_races_cancel", "fill_races_replace"),
    *_each(0.2, "both_exits"),
    *_each(0.05, "late_reject"),
)
_FLAKY = (
    *_each(0.05, "frame_loss", *_MUDDLED, **_ON_ACCOUNT),
    *_each(0.02, *_CUT, **_ON_ACCOUNT),
    *_each(0.00002, *_CUT, **_ON_DATA),
    *_each(0.0005, *_MUDDLED, **_ON_DATA),
    *_each(0.5, "connection_limit"),
    *_each(0.1, "subscribe_not_served"),
)

PRESETS: dict[str, Preset] = {
    "calm": Preset(
        "a good day: now and then a slow answer or an update told twice",
        (*_each(0.01, "slow", seconds=(0.2, 1.0)), *_each(0.01, "stream_duplicate", **_ON_ACCOUNT)),
    ),
    "rough": Preset(
        "a bad day: one request in fifty fails somehow, updates get lost, a socket breaks",
        (
            *_each(0.01, *_LOST, "slow", "http_429"),
            *_each(0.02, "accepted_late", "frame_loss", *_MUDDLED, **_ON_ACCOUNT),
            *_each(0.005, *_CUT, **_ON_ACCOUNT),
            *_each(0.00001, *_CUT, **_ON_DATA),
            *_each(0.1, "partial_one_share", "fill_races_cancel", "fill_races_replace"),
            *_each(0.05, "forgotten_id", "eventual_lists", "positions_lag"),
        ),
    ),
    "storm": Preset(
        "everything at once: lost and late orders, throttling, broken sockets, races, halts, busts",
        (
            *_each(0.02, *_LOST, "slow"),
            *_each(0.005, "http_429", burst=8),
            *_each(0.1, "accepted_late"),
            *_each(0.2, "frame_loss", **_ON_ACCOUNT),
            *_FLAKY,
            *_RACES,
            *_each(0.1, "forgotten_id", "eventual_lists", "positions_lag"),
            *_each(0.05, "bust", "correction", "halt", "restart_id_rollback"),
            *_each(0.02, "clock_step"),
        ),
    ),
    "flaky-stream": Preset("sockets that break, go mute, lose, repeat and muddle messages", _FLAKY),
    "flaky-rest": Preset(
        "one request in ten is lost, slow, spoilt or answered by a gateway",
        (*_each(0.015, *_LOST), *_each(0.03, "slow", "slow_body")),
    ),
    "late-orders": Preset(
        "orders that were given up for lost are placed up to 90 s later",
        (*_each(0.3, "accepted_late"), *_each(0.1, "response_lost", method="POST")),
    ),
    "throttled": Preset("too many requests, ten in a row", _each(0.05, "http_429", burst=10)),
    "lossy-30": Preset(
        "three account updates in ten are never sent", _each(0.3, "frame_loss", **_ON_ACCOUNT)
    ),
    "races": Preset("fills that race cancels and replacements, one share at a time", _RACES),
    "forgetful": Preset(
        "orders not found yet, lists and positions of a while ago, ids given twice",
        (
            *_each(0.3, "forgotten_id", "eventual_lists", "positions_lag"),
            *_each(0.2, "restart_id_rollback"),
        ),
    ),
    "busts": Preset("fills that are taken back or corrected", _each(0.2, "bust", "correction")),
    "halts": Preset(
        "symbols halted as an order arrives", _each(0.1, "halt", seconds=(30.0, 120.0))
    ),
}
"""Every preset by its name."""


def preset_of(name: str) -> Preset:
    """The preset called `name`. Raises BadInput for none such."""
    found = PRESETS.get(name)
    if found is None:
        raise BadInput(f"preset: found {name!r}, expected one of {', '.join(PRESETS)}")
    return found
