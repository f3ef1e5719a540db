from tradeplat.core.market import Quote
from tradeplat.streams.turns import BULK, FEW, LONGEST, SLICE, Turns, Way


def facts(*symbols):
    return [Quote(symbol, 1, 1.0, 1.0, 1.1, 1.0, "sip") for symbol in symbols]


def test_while_an_order_is_on_its_way_few_tickers_make_a_turn():
    urgent = [True]
    turns = Turns(Way(lambda: urgent[0]))
    names = [f"S{n}" for n in range(FEW)]
    assert not turns.over(facts(*names[:-1]))
    assert not turns.over(facts(names[0]))
    assert turns.over(facts(names[-1]))
    assert not turns.over(facts(*names[:-1]))
    urgent[0] = False
    assert not turns.over(facts(*names))


def test_no_turn_is_longer_than_so_many_facts():
    turns = Turns()
    one = facts("AAA")
    for _ in range(2):
        assert [turns.over(one) for _ in range(LONGEST)] == [False] * (LONGEST - 1) + [True]


def test_a_turn_is_longer_while_what_is_read_is_old_but_not_for_an_order():
    sending = [False]
    turns = Turns(Way(lambda: sending[0]))
    one = facts("AAA")
    for _ in range(2):
        told = [turns.over(one, behind=True) for _ in range(BULK)]
        assert told == [False] * (BULK - 1) + [True]
    sending[0] = True
    assert turns.over(facts(*(f"S{n}" for n in range(FEW))), behind=True)


def test_while_a_commit_is_waited_for_there_is_no_turn():
    standing = {"sending": True, "committing": True}
    turns = Turns(Way(lambda: standing["sending"], lambda: standing["committing"]))
    assert turns.held
    assert turns.tickers == 0
    standing["committing"] = False
    assert not turns.held
    assert turns.tickers == FEW
    standing["sending"] = False
    assert turns.tickers == SLICE
