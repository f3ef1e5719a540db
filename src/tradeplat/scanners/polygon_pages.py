"""Bodies of Polygon's REST: what is an answer, and what only looks like one.

The vendor reports faults in bodies with status 200 as well, and leaves `results` out where there
is nothing: the difference is its `status`. One row that cannot be read costs none of the others.
"""

from typing import Annotated, Generic, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")

Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
"""A price or a volume; 0 where there is none."""

GOOD = frozenset({"OK", "DELAYED"})
"""What the vendor's `status` is in an answer."""
PLAN = "NOT_AUTHORIZED"
"""What it is where the plan does not cover the question."""
UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeError)
"""What decoding raises of a body that is none."""


class Refused(ValueError):
    """A body that refuses; `denied` where a person has to act."""

    def __init__(self, words: str, *, denied: bool) -> None:
        super().__init__(words)
        self.denied = denied


class Answer(msgspec.Struct, Generic[T], rename="camel"):
    """A body: rows under one of two names, or one `results` that is no list, and by two names how
    many there are.
    """

    results: T | msgspec.UnsetType | None = msgspec.UNSET
    tickers: T | msgspec.UnsetType | None = msgspec.UNSET
    status: str | None = None
    error: str | None = None
    message: str | None = None
    next_url: str | None = msgspec.field(default=None, name="next_url")
    count: int | None = None
    results_count: int | None = None

    def told(self) -> T | None:
        """What the body tells, None where there is nothing; Refused where it is no answer."""
        found = self.tickers if self.results is msgspec.UNSET else self.results
        missing = found is msgspec.UNSET
        status = (self.status or "").upper()
        counted = max(self.count or 0, self.results_count or 0)
        if missing and counted and status in GOOD:
            raise Refused(f"{counted} counted, none there", denied=False)
        if status in GOOD or (not missing and not status):
            return None if isinstance(found, msgspec.UnsetType) else found
        words = self.error or self.message or (f"status {status}" if status else "no results")
        raise Refused(words, denied=status == PLAN)


class Page(NamedTuple, Generic[T]):
    """Rows, where more of them are, how many could not be read, and why the last of them."""

    rows: list[T]
    next_url: str
    unreadable: int
    why: str = ""


class Rows(Generic[T]):
    """Reads bodies with rows of one kind: `whole` all at once, `one` each where that fails."""

    def __init__(
        self, whole: "msgspec.json.Decoder[Answer[list[T]]]", one: "msgspec.json.Decoder[T]"
    ) -> None:
        self._whole = whole
        self._one = one

    def read(self, raw: bytes) -> Page[T]:
        """The rows; raises Refused, or what is in UNREADABLE, where there is no answer."""
        try:
            answer = self._whole.decode(raw)
        except UNREADABLE:
            return self._each(raw)
        return Page(answer.told() or [], answer.next_url or "", 0)

    def _each(self, raw: bytes) -> Page[T]:
        answer = _LOOSE.decode(raw)
        rows: list[T] = []
        fault: Exception | None = None
        told = answer.told() or []
        for row in told:
            try:
                rows.append(self._one.decode(row))
            except UNREADABLE as error:
                fault = error
        if fault is not None and not rows:
            raise fault
        return Page(rows, answer.next_url or "", len(told) - len(rows), str(fault or ""))


_LOOSE = msgspec.json.Decoder(Answer[list[msgspec.Raw]])
