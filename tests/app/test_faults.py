import sys
import threading

import pytest

from tradeplat.app.faults import FaultsHidden
from tradeplat.core.redaction import Redactor

KEY = "PKHIDDENKEY123"
HIDE = Redactor([KEY]).text


def fail() -> None:
    local = KEY
    raise ValueError(f"found {local}")


def test_what_ends_the_block_is_told_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    with FaultsHidden(HIDE) as faults:
        fail()
    assert faults.failed
    shown = capsys.readouterr().err
    assert "ValueError: found ***" in shown
    assert KEY not in shown


def test_a_cause_is_told_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    with FaultsHidden(HIDE):
        try:
            fail()
        except ValueError as error:
            raise RuntimeError("outer") from error
    shown = capsys.readouterr().err
    assert "RuntimeError: outer" in shown
    assert KEY not in shown


def test_another_thread_is_covered(capsys: pytest.CaptureFixture[str]) -> None:
    with FaultsHidden(HIDE):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    shown = capsys.readouterr().err
    assert "ValueError: found ***" in shown
    assert KEY not in shown


def test_what_cannot_raise_is_covered(capsys: pytest.CaptureFixture[str]) -> None:
    class Bad:
        def __del__(self) -> None:
            fail()

    with FaultsHidden(HIDE):
        made = Bad()
        del made
    shown = capsys.readouterr().err
    assert "ValueError" in shown
    assert KEY not in shown


def test_an_exit_is_no_fault_and_the_hooks_come_back() -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    faults = FaultsHidden(HIDE)
    with faults:
        assert sys.excepthook != before[0]
    assert faults.__exit__(SystemExit, SystemExit(3), None) is False
    assert not faults.failed
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
