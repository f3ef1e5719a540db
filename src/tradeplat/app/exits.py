"""Exit codes of the command line, and the one place where errors become them."""

import os
import sys
from collections.abc import Callable
from typing import cast

import typer

from tradeplat.app.faults import FaultsHidden
from tradeplat.core.errors import BadInput, TradeplatError

DONE = 0
FAILED = 1
USAGE = 2
OPEN_ENDS = 3
"""Finished with an order unknown or something left open."""
FORCED = 4
"""Told to stop twice: nothing was waited for."""
INTERRUPTED = 130

_UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])
"""What the command line library raises for words that make no sense; it exports only this child."""


def standard_streams() -> None:
    """Open what of standard input, output and error was closed by whoever started this process:
    else the next file or socket would take its number, and be written to or closed as such.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, and those below are open by now.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def guarded(command: Callable[[], object], hide: Callable[[str], str] = str) -> int:
    """Run `command`; its errors become one line on standard error and the exit code they mean.

    `hide` takes the secrets out of what is about to be written.
    """
    with FaultsHidden(hide):
        return _guarded(command, hide)
    return FAILED


def _guarded(command: Callable[[], object], hide: Callable[[str], str]) -> int:
    try:
        result = command()
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else DONE
    except _UsageError as error:
        return _misused(cast("typer.BadParameter", error), hide)
    except BadInput as error:
        return _say(hide(str(error)), USAGE)
    except TradeplatError as error:
        return _say(hide(str(error)), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return DONE
    except OSError as error:
        # A disk that is full, say: nothing of ours is wrong.
        return _say(hide(f"{error.filename or 'output'}: {error.strerror or error}"), FAILED)
    return result if isinstance(result, int) else DONE


def _misused(error: typer.BadParameter, hide: Callable[[str], str]) -> int:
    said = error.format_message()
    if said.startswith("Usage:"):
        # No words at all: the help is the answer, and it is no line.
        sys.stderr.write(f"{said}\n")
        return USAGE
    where = error.ctx.command_path if error.ctx is not None else "tradeplat"
    return _say(hide(f"{' '.join(said.split()).removesuffix('.')} ({where} --help)"), USAGE)


def _say(error: str, code: int) -> int:
    sys.stderr.write(f"tradeplat: {error}\n")
    return code
