from tradeplat.venue.update_feed import UpdateFeed


def listening():
    feed, got = UpdateFeed(), []
    feed.listen(lambda update: got.append(update["n"]))
    return feed, got


def test_updates_reach_the_listener_in_order_and_are_counted():
    feed, got = listening()
    for n in range(3):
        feed.publish({"n": n})
    assert got == [0, 1, 2]
    assert feed.sent == feed.happened == 3


def test_without_a_listener_updates_are_lost_but_have_happened():
    feed = UpdateFeed()
    feed.publish({"n": 1})
    assert (feed.sent, feed.happened) == (0, 1)


def test_a_held_feed_speaks_when_it_is_released():
    feed, got = listening()
    release = feed.hold()
    feed.publish({"n": 1})
    assert (got, feed.sent) == ([], 1)
    release()
    release()
    assert got == [1]


def test_later_holds_do_not_hold_back_older_updates():
    feed, got = listening()
    first = feed.hold()
    feed.publish({"n": 1})
    second = feed.hold()
    feed.publish({"n": 2})
    first()
    assert got == [1]
    second()
    assert got == [1, 2]


def test_a_listener_that_leaves_was_not_sent_what_was_held():
    feed, got = listening()
    release = feed.hold()
    feed.publish({"n": 1})
    feed.listen(None)
    release()
    assert (got, feed.sent, feed.happened, feed.heard) == ([], 0, 1, False)
