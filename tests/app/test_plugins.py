from enum import StrEnum
from pathlib import Path

import pytest

from tradeplat.app import plugins
from tradeplat.core.errors import BadInput

MODULE = """
from enum import StrEnum

__all__ = ["Sample"]


class Mood(StrEnum):
    CALM = "calm"


class Sample:
    def __init__(
        self,
        clock: object,
        fast: int = 3,
        ratio: float = 1.5,
        names: tuple[str, ...] = (),
        mood: Mood = Mood.CALM,
        cap: float | None = None,
    ) -> None:
        if fast < 1:
            raise ValueError("fast must be positive")
        self.values = (clock, fast, ratio, names, mood, cap)
"""


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    package = tmp_path / "samples_of_parts"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sample.py").write_text(MODULE)
    (package / "shared_bits.py").write_text("X = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.PACKAGES, "sample", "samples_of_parts")
    return "sample"


def test_a_part_is_the_one_class_its_module_offers(kind: str) -> None:
    assert plugins.names(kind) == ["sample"]
    assert plugins.find(kind, "sample").__name__ == "Sample"


def test_arguments_come_from_the_user_then_from_the_platform(kind: str) -> None:
    made = plugins.build(
        kind, "sample", {"fast": 5, "ratio": 2, "names": ["a"], "cap": 1}, {"clock": "C"}
    )
    assert made.values == ("C", 5, 2.0, ("a",), "calm", 1.0)
    assert isinstance(made.values[2], float)
    assert isinstance(made.values[4], StrEnum)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fasst": 1}, "unknown key 'fasst'; did you mean fast?"),
        ({"clock": 1}, "unknown key 'clock'"),
        ({"fast": "x"}, "fast: found 'x', expected int"),
        ({"fast": True}, "fast: found True, expected int"),
        ({"ratio": "x"}, "ratio: found 'x', expected float"),
        ({"ratio": float("nan")}, "ratio: found nan, expected a number"),
        ({"names": [1]}, "names: found 1, expected str"),
        ({"names": "BAC"}, "names: found 'BAC', expected a list"),
        ({"mood": "wild"}, "mood: found 'wild', expected one of: calm"),
        ({"cap": "x"}, "cap: found 'x', expected float | None"),
        ({"fast": 0}, "fast must be positive"),
    ],
)
def test_a_wrong_argument_is_named(kind: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        plugins.build(kind, "sample", options, {"clock": "C"})
    assert message in str(caught.value)
    assert str(caught.value).startswith("sample sample: ")


def test_a_missing_argument_is_named(kind: str) -> None:
    with pytest.raises(BadInput, match="needs a clock, which there is none of"):
        plugins.build(kind, "sample", {})
    with pytest.raises(BadInput, match="key 'tickers' is missing"):
        plugins.check("scanner", "constant", {})


def test_a_part_is_checked_without_being_built(kind: str) -> None:
    assert plugins.check(kind, "sample", {"fast": 0}, ("clock",)) == {"fast": 0}
    with pytest.raises(BadInput, match="fast: found 'x', expected int"):
        plugins.check(kind, "sample", {"fast": "x"}, ("clock",))


def test_an_unknown_name_gets_the_nearest_one(kind: str) -> None:
    with pytest.raises(BadInput, match="'smple' is unknown; did you mean sample"):
        plugins.find(kind, "smple")
    with pytest.raises(BadInput, match="is unknown; known: sample"):
        plugins.find(kind, "../../etc")


def test_every_built_in_kind_has_a_package() -> None:
    for kind in plugins.PACKAGES:
        assert isinstance(plugins.names(kind), list)


def test_a_maker_makes_a_new_part_each_time_from_what_was_checked_once() -> None:
    make = plugins.maker("strategy", "ema_cross", {"fast_span": 3})
    one, other = make(), make()
    assert one is not other
    assert one.fast_span == other.fast_span == 3
    with pytest.raises(BadInput, match="fast_span"):
        plugins.maker("strategy", "ema_cross", {"fast_span": "three"})


PLUGGED = """
class Doubled:
    PLOTS = ()


def half():
    return Doubled()
"""


def plugged(tmp_path: Path, offered: str) -> None:
    (tmp_path / "doubled_close.py").write_text(PLUGGED)
    about = tmp_path / "doubled_close-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: doubled-close\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[tradeplat.indicators]\nDoubled = {offered}\n")


def test_an_indicator_is_offered_to_charts_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    plugged(tmp_path, "doubled_close:Doubled")
    found = plugins.indicators()
    assert found["Doubled"]().__class__.__name__ == "Doubled"


def test_what_draws_nothing_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    plugged(tmp_path, "doubled_close:half")
    with pytest.raises(BadInput, match="indicator Doubled: doubled_close:half has no PLOTS"):
        plugins.indicators()
