"""The assets of the venue's universe, and how a client finds them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from uuid import NAMESPACE_DNS, uuid5

import msgspec


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """Trading terms of one stock as the vendor lists them."""

    symbol: str
    exchange: str = "NASDAQ"
    name: str = ""
    active: bool = True
    tradable: bool = True
    marginable: bool = True
    shortable: bool = True
    easy_to_borrow: bool = True
    fractionable: bool = True
    fractional_extended: bool = False
    attributes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """A UUID that depends on the symbol alone, so that it outlives the venue."""
        return _id(self.symbol)


@lru_cache(maxsize=16_384)
def _id(symbol: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{symbol}.us_equity.venue"))


def asset_wire(asset: Asset) -> dict[str, object]:
    """The asset object."""
    return {
        "id": asset.id,
        "class": "us_equity",
        "exchange": asset.exchange,
        "symbol": asset.symbol,
        "name": asset.name or f"{asset.symbol} Common Stock",
        "status": "active" if asset.active else "inactive",
        "tradable": asset.tradable,
        "marginable": asset.marginable,
        "maintenance_margin_requirement": 30,
        "shortable": asset.shortable,
        "easy_to_borrow": asset.easy_to_borrow,
        "fractionable": asset.fractionable,
        "attributes": _attributes(asset),
    }


class AssetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a listing of assets asks for; empty means any."""

    status: str = ""
    asset_class: str = ""
    exchange: str = ""
    attributes: frozenset[str] = frozenset()


class Universe:
    """The venue's assets, by symbol or id."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._by_symbol = {asset.symbol: asset for asset in sorted(assets, key=_symbol)}
        self._by_id = {asset.id: asset for asset in self._by_symbol.values()}

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._by_symbol.values())

    def find(self, symbol_or_id: str) -> Asset | None:
        """The asset of this symbol or id; ids may be written in any case."""
        found = self._by_symbol.get(symbol_or_id)
        return found if found is not None else self._by_id.get(symbol_or_id.lower())

    def listed(self, wanted: AssetFilter) -> list[Asset]:
        """The assets that pass `wanted`, sorted by symbol."""
        if wanted.asset_class not in {"", "us_equity"}:
            return []
        return [asset for asset in self if _passes(asset, wanted)]


def _symbol(asset: Asset) -> str:
    return asset.symbol


def _passes(asset: Asset, wanted: AssetFilter) -> bool:
    if wanted.status and wanted.status != ("active" if asset.active else "inactive"):
        return False
    if wanted.exchange and wanted.exchange != asset.exchange:
        return False
    return wanted.attributes <= frozenset(_attributes(asset))


def _attributes(asset: Asset) -> list[str]:
    extra = ["fractional_eh_enabled"] if asset.fractional_extended else []
    return [*asset.attributes, *extra]
