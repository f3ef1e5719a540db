from pathlib import Path

import pytest

from faultsim import hunt
from faultsim.__main__ import TIERS
from tradeplat.core.errors import BadInput


def test_a_patch_that_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="mutant no-such-bug: expected one of"):
        hunt.mutants(["no-such-bug"])


@pytest.mark.parametrize("patch", hunt.mutants(), ids=lambda patch: patch.stem)
def test_every_mutant_still_fits_the_source(patch: Path) -> None:
    hunt.fit(patch, hunt.ROOT, only_check=True)
    assert hunt.about(patch).endswith(".")


def test_a_mutant_is_planted_in_a_copy_of_the_source(tmp_path: Path) -> None:
    (patch,) = hunt.mutants(["any-page-may-ask"])
    tree = hunt.planted(patch, tmp_path)
    door = Path("src") / "tradeplat" / "control" / "door.py"
    assert (tree / door).read_text() != (hunt.ROOT / door).read_text()


def test_there_are_as_many_mutants_as_are_asked_for() -> None:
    assert len(hunt.mutants()) >= 25
    assert len({hunt.about(patch) for patch in hunt.mutants()}) == len(hunt.mutants())


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("Dies of crash 38.", ["--kind", "crash", "--seeds", "38:39"]),
        ("Dies of plain 0.", ["--kind", "plain", "--seeds", "0:1"]),
        ("", []),
        ("--- a/src/tradeplat/x.py", []),
    ],
)
def test_a_patch_may_name_the_schedule_that_catches_it(
    second: str, expected: list[str], tmp_path: Path
) -> None:
    patch = tmp_path / "x.patch"
    patch.write_text(f"A bug.\n{second}\n--- a/x\n")
    assert hunt.known(patch) == expected


def test_every_schedule_named_is_of_the_commit_tier() -> None:
    plain, crash, *_ = TIERS["commit"]
    most = {"plain": plain, "crash": crash}
    named = [words for patch in hunt.mutants() if (words := hunt.known(patch))]
    assert all(int(words[3].split(":")[0]) < most[words[1]] for words in named)


def test_a_patch_that_fits_nowhere_is_one_line(tmp_path: Path) -> None:
    patch = tmp_path / "x.patch"
    patch.write_text(
        "A bug.\n--- a/src/tradeplat/none.py\n+++ b/src/tradeplat/none.py\n@@ -1 +1 @@\n-a\n+b\n"
    )
    with pytest.raises(BadInput, match=r"x\.patch does not fit the source any more"):
        hunt.planted(patch, tmp_path)
