from tradeplat.venue.rate_limit import UNLIMITED, RateLimit


def test_the_budget_runs_out_and_comes_back_with_the_next_minute():
    limit = RateLimit(2, enforced=True)
    assert [limit.take("a", 60).allowed for _ in range(3)] == [True, True, False]
    assert limit.take("b", 60).allowed
    assert limit.take("a", 120).allowed


def test_headers_tell_limit_rest_and_reset():
    budget = RateLimit(200, enforced=True).take("a", 61)
    assert budget.headers() == {
        "X-RateLimit-Limit": "200",
        "X-RateLimit-Remaining": "199",
        "X-RateLimit-Reset": "120",
    }


def test_a_limit_that_is_not_enforced_only_counts():
    limit = RateLimit(1, enforced=False)
    told = [limit.take("a", 0) for _ in range(3)]
    assert [(one.allowed, one.remaining) for one in told] == [
        (True, UNLIMITED - used) for used in (1, 2, 3)
    ]
