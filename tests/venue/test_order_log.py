import json

from tradeplat.venue.order_log import LogLine, OrderLog


def line(kind):
    return LogLine(ts=7, account="a", kind=kind, detail={"qty": "1"})


def test_lines_are_numbered_and_read_on_from_a_number():
    log = OrderLog()
    for kind in ("POST", "new", "fill"):
        log.write(line(kind))
    assert [each.seq for each in log.lines] == [1, 2, 3]
    assert [each.kind for each in log.since(1)] == ["new", "fill"]
    assert log.since(-5) == log.lines


def test_the_file_holds_every_line_and_goes_on_when_opened_again(tmp_path):
    path = tmp_path / "orders.jsonl"
    for kind in ("POST", "fill"):
        log = OrderLog(path)
        log.write(line(kind))
    rows = [json.loads(text) for text in path.read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["POST", "fill"]
