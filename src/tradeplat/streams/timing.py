"""How long a connection waits for what."""

import msgspec


class Timing(msgspec.Struct, frozen=True):
    """How long the connection waits, in seconds of wall time."""

    delays: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
    """Before the nth attempt in a row; the last repeats."""
    jitter: float = 0.2
    settled: float = 60.0
    """LIVE for so long, the delays start over."""
    proven: float = 5.0
    """LIVE for so long, they start over with the second: a link that breaks again and again is
    not a venue that turns us away."""
    slot: float = 10.0
    """Between attempts while an earlier connection holds the account's place."""
    answer: float = 10.0
    """For the venue to answer the upgrade, the login, or a request."""
    heartbeat: float = 10.0
    """Of silence before a ping; half as long again without a pong, and the peer is dead."""
    close: float = 2.0
    """For the closing handshake."""
    watch: float = 0.25
    """Between looks at all of the above."""
    mute: float | None = 5.0
    """The shortest silence that counts as one (see silence.py); None never doubts a peer."""

    def failures(self, lived: float | None) -> int:
        """How many attempts in a row the loss of a connection that was LIVE for `lived` seconds
        (None: it never was) counts for at most.
        """
        if lived is None or lived < min(self.proven, self.settled):
            return len(self.delays)
        return 0 if lived >= self.settled else 1


PATIENCE = Timing()
"""What suits real vendors."""
