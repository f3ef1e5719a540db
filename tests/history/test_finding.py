"""A finding and its line of text are the same thing."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.history.finding import Finding, told

words = st.text(st.characters(exclude_characters=":,\n"), min_size=1, max_size=12)


@given(row=st.integers(0, 10**7), problem=words, found=words, expected=words)
def test_a_finding_is_read_back_from_its_line(row: int, problem: str, found: str, expected: str):
    finding = Finding(Path("a/b: c.csv"), row, problem, found, expected)
    assert told(finding.path, str(finding)) == finding


def test_any_other_line_is_a_finding_too():
    finding = told(Path("a.csv"), "the disk is gone")
    assert (finding.row, finding.problem, finding.found) == (0, "file", "the disk is gone")
