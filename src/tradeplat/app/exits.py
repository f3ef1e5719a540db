"""Exit codes of the command line, and the one place where errors become them."""

import sys
from collections.abc import Callable

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
    except SystemExit as exit_:
        # The command line's own end: usage errors are already told, with code 2.
        return exit_.code if isinstance(exit_.code, int) else DONE
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
