"""Exit codes of the command line, and the one place where errors become them."""

import sys
from collections.abc import Callable

import click

from tradeplat.core.errors import BadInput, TradeplatError

DONE = 0
FAILED = 1
USAGE = 2
OPEN_ENDS = 3
"""Finished with an order unknown or something left open."""
FORCED = 4
"""Told to stop twice: nothing was waited for."""
INTERRUPTED = 130


def guarded(command: Callable[[], object]) -> int:
    """Run `command`; its errors become one line on standard error and the exit code they mean."""
    try:
        result = command()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return USAGE
    except BadInput as error:
        return _say(error, USAGE)
    except TradeplatError as error:
        return _say(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return DONE
    return result if isinstance(result, int) else DONE


def _say(error: Exception, code: int) -> int:
    sys.stderr.write(f"tradeplat: {error}\n")
    return code
