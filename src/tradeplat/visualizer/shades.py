"""Which visualizers are switched off, by ticker and strategy, and which were added; in a file."""

from pathlib import Path

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.link import Shape

_ADDED = "+"
"""Where what a person added is kept: no strategy has this name."""

_SHAPE = Shape(dict[str, dict[str, list[str]]])


class Shades:
    """Names of what is switched off, by ticker, then by strategy ("" is the chart's own)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._off: dict[str, dict[str, list[str]]] | None = None

    def off(self, symbol: str, strategy: str) -> frozenset[str]:
        """What is switched off there."""
        return frozenset(self._kept().get(symbol, {}).get(strategy, ()))

    def added(self, symbol: str) -> frozenset[str]:
        """The indicators that a person added to a ticker's charts."""
        return self.off(symbol, _ADDED)

    def set_added(self, symbol: str, names: frozenset[str]) -> None:
        """Have these added, and no others. BadInput where that cannot be kept."""
        self.set_off(symbol, _ADDED, names)

    def set_off(self, symbol: str, strategy: str, names: frozenset[str]) -> None:
        """Have these switched off, and no others. BadInput where that cannot be kept."""
        kept = self._kept()
        mine = kept.setdefault(symbol, {})
        mine[strategy] = sorted(names)
        if not names:
            del mine[strategy]
        if not mine:
            del kept[symbol]
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(kept)))
            fresh.replace(self._path)
        except OSError as error:
            said = error.strerror or str(error)
            raise BadInput(f"{self._path}: what is shown cannot be kept ({said})") from None

    def _kept(self) -> dict[str, dict[str, list[str]]]:
        if self._off is None:
            try:
                self._off = _SHAPE.read(self._path.read_bytes())
            except (OSError, BadInput):  # never written, or spoiled: everything is on
                self._off = {}
        return self._off
