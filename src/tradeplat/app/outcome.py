"""What a command hands back: numbers for machines, text for people, an exit code for both."""

from collections.abc import Mapping

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """The result of one command."""

    numbers: Mapping[str, object]
    text: str
    code: int = 0
