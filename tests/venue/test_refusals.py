from tradeplat.core.errors import BadInput
from tradeplat.venue.refusals import (
    Refusal,
    bad_body,
    forbidden,
    invalid,
    not_found,
    too_many,
    unauthorized,
    unprocessable,
)


def test_each_kind_of_refusal_has_the_vendors_status_and_code():
    made = [
        bad_body("x"),
        invalid("x"),
        unprocessable("x"),
        forbidden("x"),
        not_found("x"),
        too_many(),
    ]
    assert [(r.status, r.code) for r in made] == [
        (400, 40010000),
        (422, 40010001),
        (422, 42210000),
        (403, 40310000),
        (404, 40410000),
        (429, 42910000),
    ]
    assert all(isinstance(r, BadInput) for r in made)


def test_a_wrong_key_is_answered_without_a_code():
    assert unauthorized().body() == {"message": "unauthorized."}


def test_extra_keys_stand_beside_code_and_message():
    refusal = Refusal(403, 1, "no", {"available": "0"})
    assert refusal.body() == {"code": 1, "message": "no", "available": "0"}
