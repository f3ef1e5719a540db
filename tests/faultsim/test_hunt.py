from pathlib import Path

import pytest

from faultsim import hunt
from tradeplat.core.errors import BadInput


def test_a_patch_that_nobody_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="mutant no-such-bug: expected one of"):
        hunt.mutants(["no-such-bug"])


@pytest.mark.parametrize("patch", hunt.mutants(), ids=lambda patch: patch.stem)
def test_every_mutant_still_fits_the_source(patch: Path, tmp_path: Path) -> None:
    tree = hunt.planted(patch, tmp_path)
    assert (tree / "src" / "tradeplat").is_dir()
    assert hunt.about(patch).endswith(".")


def test_a_patch_that_fits_nowhere_is_one_line(tmp_path: Path) -> None:
    patch = tmp_path / "x.patch"
    patch.write_text(
        "A bug.\n--- a/src/tradeplat/none.py\n+++ b/src/tradeplat/none.py\n@@ -1 +1 @@\n-a\n+b\n"
    )
    with pytest.raises(BadInput, match=r"x\.patch does not fit the source any more"):
        hunt.planted(patch, tmp_path)
