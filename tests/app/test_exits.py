from collections.abc import Callable

import pytest
import typer

from tradeplat.app import exits
from tradeplat.core.errors import BadInput, Corrupt, Denied
from tradeplat.core.redaction import Redactor


def raising(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadInput("a.csv:3: high: found 1"), 2, "tradeplat: a.csv:3: high: found 1\n"),
        (Denied("wrong key"), 1, "tradeplat: wrong key\n"),
        (Corrupt("broken"), 1, "tradeplat: broken\n"),
        (SystemExit(3), 3, ""),
        (SystemExit(None), 0, ""),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
        (OSError(28, "No space left on device"), 1, "output: No space left on device\n"),
        (PermissionError(13, "Permission denied", "logs/x"), 1, "logs/x: Permission denied\n"),
        (typer.BadParameter("no\n such day."), 2, "tradeplat: Invalid value: no such day (trade"),
    ],
)
def test_errors_become_one_line_and_the_code_they_mean(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exits.guarded(raising(error)) == code
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown


def test_a_command_without_an_error_is_done() -> None:
    assert exits.guarded(lambda: None) == exits.DONE
    assert exits.guarded(lambda: exits.OPEN_ENDS) == 3


def test_a_bug_is_not_dressed_up_but_shows_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    hide = Redactor(["PKHIDDENKEY"]).text
    assert exits.guarded(raising(ZeroDivisionError("by PKHIDDENKEY")), hide) == exits.FAILED
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "ZeroDivisionError: by ***" in shown


def test_a_line_shows_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    hide = Redactor(["PKHIDDENKEY"]).text
    for error in (
        BadInput("PKHIDDENKEY?"),
        Denied("PKHIDDENKEY"),
        typer.BadParameter("PKHIDDENKE"),
    ):
        exits.guarded(raising(error), hide)
    assert "HIDDEN" not in capsys.readouterr().err
