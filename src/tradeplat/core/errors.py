"""Every error of the house says which of four things has to happen next."""


class TradeplatError(Exception):
    """Root of the tree; nothing raises it directly."""


class Transient(TradeplatError):
    """The world failed us for now: try again later."""


class Throttled(Transient):
    """The venue took nothing because we asked too often; `wait` is seconds until it will."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class StreamLagged(Transient):
    """A desk fell behind its mailbox: restart it from history rather than hide a hole."""


class Ambiguous(Transient):
    """A request may or may not have been carried out: ask about it, never repeat it."""


class Denied(TradeplatError):
    """A person must act first: wrong credentials, missing permission, locked account."""


class BadInput(TradeplatError):
    """Something a user handed in is wrong; the message names the place and what was expected."""


class Corrupt(TradeplatError):
    """Data or an invariant is broken: stop that scope at once."""


class IllegalTransition(Corrupt):
    """An order was asked to move along an edge that is not in TRANSITIONS."""
