from uuid import UUID

from tradeplat.venue.assets import Asset, AssetFilter, Universe, asset_wire

UNIVERSE = Universe(
    [
        Asset(symbol="BBB", exchange="NYSE", fractional_extended=True),
        Asset(symbol="AAA"),
        Asset(symbol="CCC", active=False, tradable=False),
    ]
)


def listed(**wanted):
    return [asset.symbol for asset in UNIVERSE.listed(AssetFilter(**wanted))]


def test_assets_are_found_by_symbol_and_by_id():
    asset = UNIVERSE.find("AAA")
    assert UNIVERSE.find(asset.id.upper()) is asset
    assert UNIVERSE.find("aaa") is None
    assert UUID(asset.id) == UUID(Asset(symbol="AAA", exchange="NYSE").id)


def test_listings_filter_and_sort():
    assert listed() == ["AAA", "BBB", "CCC"]
    assert listed(status="active") == ["AAA", "BBB"]
    assert listed(exchange="NYSE") == ["BBB"]
    assert listed(attributes=frozenset({"fractional_eh_enabled"})) == ["BBB"]
    assert listed(asset_class="crypto") == []


def test_the_asset_object_names_its_class_and_attributes():
    wire = asset_wire(UNIVERSE.find("BBB"))
    assert wire["class"] == "us_equity"
    assert wire["attributes"] == ["fractional_eh_enabled"]
    assert wire["status"] == "active"
