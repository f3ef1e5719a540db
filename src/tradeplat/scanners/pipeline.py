"""Rules in a row over one struct: which one decided a ticker, by how much, and who gets a place."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from tradeplat.core.market import SECOND
from tradeplat.core.ports import Candidate
from tradeplat.scanners.filters import Enriched, Verdict, known
from tradeplat.scanners.presets import Limits, rules
from tradeplat.scanners.rules import MOVE, RVOL, TURNOVER, Rule

Key = Callable[[Enriched], float | None]

RANKS: Mapping[str, Key] = {
    "change": lambda row: row.change,
    "move": MOVE.value,
    "rvol": RVOL.value,
    "dollar_volume": TURNOVER.value,
}
"""What tickers can be ranked by, largest first; the unknown comes last."""

STANDS_IN: Mapping[str, Key] = {"rvol": lambda row: row.pace}
"""What ranks tickers before they are looked into, where that is not known yet."""


class Judgement(NamedTuple):
    """One row of the table: the ticker, the rule that decided it and by how much (Verdict.by).

    A row that is out was decided by the first rule that failed, a row that is in by the one it
    passed most narrowly. `failed` names every rule that failed, `soft` is True when all of those
    may fail for a moment, and `missing` the facts that could not be asked for yet.
    """

    row: Enriched
    passed: bool
    rule: str
    by: float | None
    reason: str
    failed: tuple[str, ...] = ()
    soft: bool = False
    missing: tuple[str, ...] = ()

    def candidate(self, ts: int, feed: str) -> Candidate:
        """As the list manager tells it."""
        row, reason = self.row, self.reason
        if self.missing:
            reason = f"{reason}; incomplete: {', '.join(self.missing)}"
        return Candidate(
            row.symbol,
            self.passed,
            reason,
            ts,
            feed,
            row.price,
            row.change,
            row.volume,
            self.rule,
            self.by,
            incomplete=bool(self.missing),
        )


def judge(row: Enriched, row_rules: Sequence[Rule], missing: Container[str] = ()) -> Judgement:
    """Hold `row` against every rule; `missing` are needs that could not be asked for."""
    verdicts = [(rule, rule.claim(row)) for rule in row_rules]
    absent = tuple(dict.fromkeys(n for rule in row_rules for n in rule.needs if n in missing))
    failed = [(rule, verdict) for rule, verdict in verdicts if not verdict.passed]
    if not failed:
        rule, verdict = min(verdicts, key=_margin, default=_NOTHING)
        return Judgement(
            row,
            passed=True,
            rule=rule.name,
            by=verdict.by,
            reason="; ".join(verdict.reason for _, verdict in verdicts if verdict.reason),
            missing=absent,
        )
    rule, verdict = failed[0]
    return Judgement(
        row,
        passed=False,
        rule=rule.name,
        by=verdict.by,
        reason="; ".join(verdict.reason for _, verdict in failed),
        failed=tuple(rule.name for rule, _ in failed),
        soft=all(rule.soft for rule, _ in failed),
        missing=absent,
    )


class Pipeline:
    """The rules of some limits in two forms, for a ticker that is out and, eased by `tolerance`,
    for one that is in; and the order of what passes.
    """

    def __init__(self, limits: Limits, excluded: frozenset[str], tolerance: float) -> None:
        if not 0.0 <= tolerance < 1.0:
            raise ValueError("tolerance: expected 0 up to 1")
        if limits.rank not in RANKS:
            expected = ", ".join(RANKS)
            raise ValueError(f"rank: found {limits.rank!r}, expected one of {expected}")
        self.limits = limits
        self.entry = rules(limits, excluded)
        self.stay = rules(limits, excluded, tolerance)
        self._first_entry = _cheap(self.entry)
        self._first_stay = _cheap(self.stay)
        self._key = RANKS[limits.rank]
        self._first_key = STANDS_IN.get(limits.rank, self._key)

    @property
    def still(self) -> tuple[str, float]:
        """The rule that keeps out nearly all of a market, and its limit: 0 where none does."""
        limits = self.limits
        return ("change", limits.min_change) if limits.min_change else ("move", limits.min_move)

    @property
    def paced(self) -> bool:
        """True when the volume of the last session ranks what is looked into."""
        return self._first_key is not self._key

    @property
    def needs(self) -> tuple[str, ...]:
        """What has to be asked for each ticker that passes the market's rules."""
        return tuple(dict.fromkeys(need for rule in self.entry for need in rule.needs))

    def first(self, row: Enriched, *, staying: bool) -> Judgement:
        """By the rules that the market's snapshot alone decides."""
        return judge(row, self._first_stay if staying else self._first_entry)

    def last(self, row: Enriched, missing: Container[str], *, staying: bool) -> Judgement:
        """By every rule."""
        return judge(row, self.stay if staying else self.entry, missing)

    def order(self, row: Enriched) -> tuple[float, str]:
        """Sorts rows by rank, best first, equals by symbol."""
        return _order(row, self._key)

    def first_order(self, row: Enriched) -> tuple[float, str]:
        """The same by what the market's snapshot tells alone: who is worth a look."""
        return _order(row, self._first_key)


class Selection:
    """Who has one of `top` places, with what keeps a flapping ticker from coming and going.

    A ticker comes in once it passes, and has passed without a break for `confirm` seconds. It
    stays until it falls `slack` ranks behind the last place, or fails for `hold` seconds; a rule
    that is not soft lets it go at once. Each session begins anew: who was in yesterday has no
    right to a place. Instants never go back.
    """

    def __init__(self, top: int, slack: int, confirm: float, hold: float) -> None:
        if top < 1 or slack < 0:
            raise ValueError("top: expected at least 1; slack: 0 or more")
        if confirm < 0.0 or hold < 0.0:
            raise ValueError("confirm, hold: expected 0 or more seconds")
        self._top = top
        self._slack = slack
        self._confirm = int(confirm * SECOND)
        self._hold = int(hold * SECOND)
        self._since: dict[str, int] = {}
        self._passed: dict[str, int] = {}
        self._day = 0
        self.active: tuple[str, ...] = ()

    def staying(self, day: int) -> frozenset[str]:
        """Who is in since an earlier scan of the session `day`."""
        return frozenset(self.active if day == self._day else ())

    def choose(self, judged: Iterable[Judgement], now: int, day: int = 0) -> list[Judgement]:
        """Give the places to `judged`, which come best first; each with its final verdict."""
        held = self.staying(day)
        if day != self._day:
            self._day = day
            self._since.clear()
            self._passed.clear()
        table: list[Judgement] = []
        rank = 0
        for judgement in judged:
            symbol = judgement.row.symbol
            told = self._settled(judgement, now, staying=symbol in held)
            if told.passed:
                rank += 1
                told = self._placed(told, rank, staying=symbol in held)
            table.append(told)
        self.active = tuple(told.row.symbol for told in table if told.passed)
        seen = {told.row.symbol for told in table}
        for memory in (self._since, self._passed):
            for symbol in memory.keys() - seen:
                del memory[symbol]
        return table

    def _settled(self, judgement: Judgement, now: int, *, staying: bool) -> Judgement:
        """The verdict once time has been asked."""
        symbol = judgement.row.symbol
        if judgement.passed:
            since = self._since.setdefault(symbol, now)
            self._passed[symbol] = now
            if staying or now - since >= self._confirm:
                return judgement
            seconds = (now - since) / SECOND
            reason = f"passes for {seconds:.0f} s, not yet for {self._confirm / SECOND:.0f}"
            return judgement._replace(passed=False, rule="confirm", by=None, reason=reason)
        self._since.pop(symbol, None)
        failing = now - self._passed.get(symbol, -self._hold)
        if staying and judgement.soft and failing < self._hold:
            reason = f"kept, failing for {failing / SECOND:.0f} s: {judgement.reason}"
            return judgement._replace(passed=True, reason=reason)
        return judgement

    def _placed(self, judgement: Judgement, rank: int, *, staying: bool) -> Judgement:
        last = self._top + (self._slack if staying else 0)
        if rank > last:
            reason = f"rank {rank}, behind the last place {last}"
            by = (last - rank) / last
            return judgement._replace(passed=False, rule="rank", by=by, reason=reason)
        kept = f" (kept, {self._top} places)" if rank > self._top else ""
        return judgement._replace(reason=f"rank {rank}{kept}; {judgement.reason}")


def _order(row: Enriched, key: Key) -> tuple[float, str]:
    value = known(key(row))
    return (-value if value is not None else float("inf"), row.symbol)


def _cheap(row_rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(rule for rule in row_rules if not rule.needs)


def _margin(pair: tuple[Rule, Verdict]) -> float:
    by = pair[1].by
    return by if by is not None else float("inf")


def _anything(_row: Enriched) -> Verdict:
    return Verdict(passed=True, reason="")


_NOTHING = (Rule("", _anything), Verdict(passed=True, reason=""))
