"""What nobody caught is written without secrets and without locals, which hold keys."""

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Self

Hide = Callable[[str], str]


class FaultsHidden:
    """While open, what nobody caught is written to standard error without secrets and locals:
    exceptions of other threads, of what cannot raise, and at the end of this very block, which
    then goes no further; `failed` tells.
    """

    def __init__(self, hide: Hide) -> None:
        self._hide = hide
        self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
        self.failed = False

    def __enter__(self) -> Self:
        self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._uncaught
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        if kind is None or error is None or not isinstance(error, Exception):
            return False
        self.failed = True
        self._uncaught(kind, error, trace)
        return True

    def _uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        sys.stderr.write(self._hide("".join(traceback.format_exception(kind, error, trace))))
        sys.stderr.flush()

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def _unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)
