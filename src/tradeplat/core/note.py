"""What a note of a record or of the journal tells: a struct whose fields are the note's body."""

from typing import Self

import msgspec


class Note(msgspec.Struct, frozen=True):
    """Something that is written down as plain values and read back; what is none is its text."""

    def body(self) -> dict[str, object]:
        """The fields as plain values only."""
        plain: dict[str, object] = msgspec.to_builtins(self, enc_hook=str)
        return plain

    @classmethod
    def of(cls, body: object) -> Self:
        """What such a body tells; msgspec.ValidationError when it tells something else."""
        return msgspec.convert(body, cls)
