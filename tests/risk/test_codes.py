from tradeplat.risk.codes import CODES, overridable


def test_the_table_has_its_34_codes() -> None:
    assert len(CODES) == 34
    assert [code.name for code in CODES.values()] == list(CODES)


def test_only_what_is_not_hard_can_be_overridden_and_never_the_reserve_for_a_flatten() -> None:
    soft = {"DUP_SHAPE", "CHURN", "REJECT_LOOP", "LOSS_STREAK", "SELF_CROSS", "ROUND_TRIPS"}
    assert {code for code in CODES if overridable(code)} == soft
    assert not overridable("NO_SUCH_CODE")


def test_what_holds_for_a_flatten_too() -> None:
    assert {name for name, code in CODES.items() if code.flatten} == {
        "ENV_MISMATCH", "NO_LEASE", "BAD_NUMBER", "MARKET_CLOSED", "EXT_HOURS", "PRICE_COLLAR",
        "REDUCE_ONLY_QTY", "API_BUDGET",
    }  # fmt: skip
