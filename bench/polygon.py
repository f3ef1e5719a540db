"""Decoding Polygon's second bars into facts, beside msgspec alone.

    python -m bench polygon [--quick]

The same frames of 100 `A` events, every documented key in them, are read by msgspec into typed
structs of every documented key, and by the codec into bars that are checked, stamped and named.
Both take turns; of each the best round counts.
"""

import json
import time
from collections.abc import Callable

import msgspec

from bench.figures import Figure
from tradeplat.streams.polygon_codec import PolygonCodec

START_MS = 1_767_623_400_000
A_FRAME = 100


class Second(msgspec.Struct, tag_field="ev", tag="A", gc=False):
    """An `A` event as the vendor documents it."""

    sym: str
    v: float
    av: float
    op: float
    vw: float
    o: float
    c: float
    h: float
    l: float  # noqa: E741  # the vendor's name
    a: float
    z: int
    s: int
    e: int
    dv: str = ""
    dav: str = ""


class Minute(Second, tag="AM", gc=False):
    """An `AM` event: with a second kind the reader has to look at `ev`."""


def frames(count: int) -> list[str]:
    """Frames of one second each."""
    made = []
    for k in range(count):
        start = START_MS + 1_000 * k
        rows = [
            {
                "ev": "A", "sym": f"SYM{n:03d}", "v": 200 + n, "av": 8_642_007 + k, "op": 25.66,
                "vw": 25.3981, "o": 25.39, "c": 25.4, "h": 25.41, "l": 25.38, "a": 25.3714,
                "z": 50, "s": start, "e": start + 1_000, "dv": str(200 + n), "dav": "8642007",
            }
            for n in range(A_FRAME)
        ]  # fmt: skip
        made.append(json.dumps(rows, separators=(",", ":")))
    return made


def took(read: Callable[[str], object], made: list[str]) -> float:
    """Nanoseconds an event."""
    began = time.perf_counter_ns()
    for frame in made:
        read(frame)
    return (time.perf_counter_ns() - began) / (len(made) * A_FRAME)


def measure(quick: bool) -> list[Figure]:
    """What an event costs, and how many times what msgspec alone takes."""
    made = frames(50 if quick else 200)
    bare = msgspec.json.Decoder(list[Second | Minute]).decode
    codec = PolygonCodec("bench")

    def ours(frame: str) -> object:
        return codec.decode(frame, 1)

    rounds = [(took(bare, made), took(ours, made)) for _ in range(5 if quick else 25)]
    alone, whole = (min(column) for column in zip(*rounds, strict=True))
    if codec.errors:
        raise RuntimeError(codec.last_error)
    return [
        Figure("DEC", "an A event, msgspec alone", alone, "ns"),
        Figure("DEC", "an A event, codec", whole, "ns"),
        Figure("DEC", "codec beside msgspec alone", whole / alone, "x", 1.5, "<="),
    ]
