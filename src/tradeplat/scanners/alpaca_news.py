"""Alpaca's news by REST as headlines."""

from collections.abc import Sequence

import msgspec

from tradeplat.scanners.press import Story, headline, spoken
from tradeplat.scanners.rest import Rest
from tradeplat.scanners.sources import Headline

PATH = "/v1beta1/news"
_PAGE = 50
"""Stories a page, the most there are."""
_PAGES = 8
"""Pages a question; the newest come first."""
_BATCH = 50
"""Symbols a request; longer ones meet limits on the length of an address."""


class _Story(msgspec.Struct):
    id: int | str
    headline: str
    created_at: str
    updated_at: str | None = None
    summary: str | None = None
    source: str | None = None
    symbols: list[str] | None = None


class _Page(msgspec.Struct):
    news: list[msgspec.Raw]
    next_page_token: str | None = None


_READ = msgspec.json.Decoder(_Page)
_ROW = msgspec.json.Decoder(_Story)


class AlpacaNews:
    """Reads news through `rest` (scanners.sources.Headlines).

    A story counts from the instant of the version that we read, so that no later wording is taken
    for an earlier one. Rows that cannot be read are passed over and counted in `unreadable`.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.unreadable = 0

    async def since(self, symbols: Sequence[str], ts: int) -> list[Headline]:
        """Headlines about any of `symbols` published at or after `ts`, newest first."""
        found: list[Headline] = []
        for start in range(0, len(symbols), _BATCH):
            found += await self._asked(",".join(symbols[start : start + _BATCH]), ts)
        known = {line.id: line for line in found if line.ts >= ts}
        return sorted(known.values(), key=lambda line: (-line.ts, line.id))

    async def _asked(self, names: str, ts: int) -> list[Headline]:
        params = {"symbols": names, "start": spoken(ts), "sort": "desc", "limit": str(_PAGE)}
        found: list[Headline] = []
        for _ in range(_PAGES):
            raw = await self._rest.get("news", PATH, params)
            try:
                page = _READ.decode(raw)
            except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
                raise self._rest.unreadable("news", error) from None
            found += [line for row in page.news if (line := self._line(row)) is not None]
            token = page.next_page_token
            if not token or token == params.get("page_token"):
                break
            params["page_token"] = token
        return found

    def _line(self, raw: msgspec.Raw) -> Headline | None:
        try:
            row = _ROW.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            self.unreadable += 1
            return None
        times = (row.created_at, row.updated_at or None)
        named = row.symbols or ()
        made = headline(
            Story(str(row.id), row.headline, row.summary or "", row.source or "", times, named)
        )
        self.unreadable += made is None
        return made
