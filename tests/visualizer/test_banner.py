from tradeplat.visualizer.banner import Banner, stale_text
from tradeplat.visualizer.client import Fresh


def test_age_is_said_in_words():
    assert stale_text(Fresh.LIVE, 0.1, "", known=True) == ""
    quiet = stale_text(Fresh.QUIET, 1.42, "", known=True)
    assert "1.4 s" in quiet
    assert "keys that open are off" in quiet
    lost = stale_text(Fresh.LOST, 9.0, "the engine closed the connection", known=True)
    assert lost.startswith("CONNECTION LOST (the engine closed")
    assert stale_text(Fresh.LOST, 9.0, "nobody", known=False) == "Not connected: nobody"
    assert (
        stale_text(Fresh.ENDED, 9.0, "the session has ended", known=True) == "the session has ended"
    )


def test_it_is_there_only_while_it_has_something_to_say(qtbot):
    banner = Banner()
    qtbot.addWidget(banner)
    banner.tell(Fresh.QUIET, "old")
    amber = banner.styleSheet()
    assert banner.isVisible()
    banner.tell(Fresh.LOST, "gone")
    red = banner.styleSheet()
    assert (banner.text(), red != amber) == ("gone", True)
    banner.tell(Fresh.ENDED, "over")
    assert banner.styleSheet() not in {amber, red}
    banner.tell(Fresh.LIVE, "")
    assert not banner.isVisible()
