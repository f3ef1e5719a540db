"""Logs for people: JSON lines in the run's folder, pretty at a terminal, secrets never.

Everything is written through one kind of formatter, which hides secrets in the finished line:
what our own code says, what libraries say, exceptions and their causes included.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter

from tradeplat.app.credentials import known
from tradeplat.core.redaction import Redactor
from tradeplat.journal.rotation import RotatingText

NAME = "tradeplat"
"""The logger through which everything of ours goes."""

Hide = Callable[[str], str]


class RedactingFormatter(ProcessorFormatter):
    """Renders a record, then hides every secret in the whole of the text."""

    def __init__(self, hide: Hide, renderer: Any) -> None:
        super().__init__(
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        )
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        """The record as one text without secrets."""
        return self._hide(super().format(record))


class _Lines(logging.StreamHandler[TextIO | RotatingText]):
    """Writes lines; what cannot be written is let go of, since no order may wait for a log."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Say nothing: the usual words would show what was to be written."""


class _Ours(logging.Filter):
    """Lets our own lines pass, and of libraries what they warn of."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True for a line that is to be written."""
        return record.name.startswith(NAME) or record.levelno >= logging.WARNING


@contextmanager
def logs_to(
    folder: Path | None,
    secrets: Iterable[str] = (),
    *,
    terminal: bool = True,
    level: int = logging.INFO,
) -> Iterator[None]:
    """While open, every log line goes to `folder`/log.jsonl and, if asked, to standard error.

    Hidden are `secrets` and every key that this process could have been given.
    Locals never appear in tracebacks: they hold keys.
    """
    hide = Redactor((*secrets, *known())).text
    file = RotatingText(folder / "log.jsonl") if folder is not None else None
    handlers: list[logging.Handler] = []
    if file is not None:
        handlers.append(_handler(file, hide, structlog.processors.JSONRenderer(default=str)))
    if terminal:
        pretty = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        handlers.append(_handler(sys.stderr, hide, pretty))
    if not handlers:
        handlers.append(logging.NullHandler())
    root, ours = logging.getLogger(), logging.getLogger(NAME)
    before = root.level, ours.level
    ours.setLevel(level)
    for handler in handlers:
        root.addHandler(handler)
    _configure(level)
    try:
        yield
    finally:
        structlog.reset_defaults()
        for handler in handlers:
            root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])
        if file is not None:
            file.close()


def terse(on: bool) -> None:  # noqa: FBT001  # handed over as a callback
    """Write only warnings and what is worse, or everything again."""
    logging.getLogger(NAME).setLevel(logging.WARNING if on else logging.INFO)


def _handler(stream: TextIO | RotatingText, hide: Hide, renderer: Any) -> logging.Handler:
    handler = _Lines(stream)
    handler.setFormatter(RedactingFormatter(hide, renderer))
    handler.addFilter(_Ours())
    return handler


def _configure(level: int) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=lambda *_: logging.getLogger(NAME),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
