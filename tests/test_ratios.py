"""`python -m bench --check` fails where a ratio that is held is missed, and nowhere else."""

import sys
from pathlib import Path

import msgspec
import pytest

import bench.__main__ as program
from bench.figures import Figure
from bench.page import Run


def ran(monkeypatch: pytest.MonkeyPatch, path: Path, figures: list[Figure], *typed: str) -> int:
    run = Run(0.0, 60.0, False, "2 cores, load 0.5 before", figures)
    monkeypatch.setattr(program, "measured", lambda *_, **__: iter([run]))
    monkeypatch.setattr(sys, "argv", ["bench", "gui_draw", "--json", str(path), *typed])
    return program.main()


def ratio(value: float, *, held: bool, id_: str = "UI4") -> Figure:
    return Figure(id_, "ours beside theirs", value, "x", 0.5, "<=", held=held)


@pytest.mark.parametrize(
    ("figure", "typed", "code"),
    [
        (ratio(0.6, held=True), ("--check",), 1),
        (ratio(0.4, held=True), ("--check",), 0),
        (ratio(0.6, held=False), ("--check",), 0),
        (ratio(0.6, held=True), (), 0),
    ],
)
def test_a_held_ratio_decides_the_exit_code(monkeypatch, tmp_path, figure, typed, code):
    assert ran(monkeypatch, tmp_path / "out" / "figures.json", [figure], *typed) == code


def test_figures_measured_later_take_the_place_of_their_own(monkeypatch, tmp_path):
    path = tmp_path / "figures.json"
    ran(monkeypatch, path, [ratio(0.4, held=True, id_="UI10"), ratio(0.3, held=True)])
    ran(monkeypatch, path, [ratio(0.2, held=True)], "--add")
    run = msgspec.json.decode(path.read_bytes(), type=Run)
    assert [(figure.id, figure.value) for figure in run.figures] == [("UI4", 0.2), ("UI10", 0.4)]
    assert run.added == "`gui_draw`: 1970-01-01 00:00 UTC, load 0.5."
    page = tmp_path / "page.md"
    assert ran(monkeypatch, path, [], "--page", str(page)) == 0
    assert "| UI4 | ours beside theirs | 0.2 x | <= 0.5 | met |" in page.read_text()
