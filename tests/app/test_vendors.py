from tradeplat.app import vendors
from tradeplat.app.settings import load
from tradeplat.app.vendors import Endpoint


def test_the_built_in_venue_is_every_vendor_on_one_port() -> None:
    found = vendors.at_venue("http://127.0.0.1:7", "k", "s")
    assert found["polygon"] == Endpoint("http://127.0.0.1:7", "ws://127.0.0.1:7/stocks", "k")
    assert found["fmp"] == Endpoint("http://127.0.0.1:7", "", "k")
    news = found["alpaca_news"]
    assert (news.stream_url, news.key, news.secret) == ("ws://127.0.0.1:7/v1beta1/news", "k", "s")


def test_the_vendors_own_hosts_unless_settings_name_others() -> None:
    news = Endpoint("https://n")
    plain = vendors.real(load(None), news)
    assert (plain["polygon"].url, plain["fmp"].url) == (vendors.POLYGON, vendors.FMP)
    assert plain["alpaca_news"] is news
    sets = ["polygon.stream_url=wss://socket.polygon.io/stocks/", "fmp.url=https://other/"]
    told = vendors.real(load(None, sets), news)
    assert told["polygon"].stream_url == "wss://socket.polygon.io/stocks"
    assert told["fmp"].url == "https://other"
