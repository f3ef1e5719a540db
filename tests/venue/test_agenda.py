from tradeplat.venue.agenda import Agenda


def test_deeds_run_by_due_time_and_in_the_order_they_were_put():
    agenda, done = Agenda(), []
    for due, name in ((5, "a"), (3, "b"), (5, "c"), (9, "d")):
        agenda.put(due, lambda at, name=name: done.append((name, at)))
    assert agenda.next_due == 3
    agenda.run(5)
    assert done == [("b", 3), ("a", 5), ("c", 5)]
    assert agenda.next_due == 9


def test_what_a_deed_puts_down_is_done_in_the_same_run():
    agenda, done = Agenda(), []
    agenda.put(1, lambda at: agenda.put(at + 1, done.append))
    agenda.run(2)
    assert done == [2]
    assert agenda.next_due is None


def test_it_says_when_something_is_due_sooner_than_before():
    agenda, said = Agenda(), []
    agenda.on_sooner = lambda: said.append(agenda.next_due)
    for due in (5, 7, 3):
        agenda.put(due, print)
    assert said == [5, 3]
