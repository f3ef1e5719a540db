"""Logs for people: JSON lines in the run's folder, pretty at a terminal, secrets never."""

import logging
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import structlog

HIDDEN = "***"


class Redactor:
    """Replaces every known secret in an event, wherever it stands, before it is written."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 4)

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """A structlog processor: `event` with secrets hidden."""
        return {key: self._clean(value) for key, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if isinstance(value, int | float | bool) or value is None:
            return value
        text = str(value)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class _Tee:
    """Writes each rendered line to the run's file, and a pretty one to the terminal."""

    def __init__(self, file: TextIO | None, terminal: TextIO | None) -> None:
        self._file = file
        self._terminal = terminal
        self._json = structlog.processors.JSONRenderer()
        self._pretty = structlog.dev.ConsoleRenderer(
            colors=bool(terminal and terminal.isatty()),
            exception_formatter=structlog.dev.plain_traceback,
        )

    def __call__(
        self, logger: Any, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        if self._file is not None:
            self._file.write(str(self._json(logger, method, dict(event))) + "\n")
            self._file.flush()
        if self._terminal is not None:
            self._terminal.write(self._pretty(logger, method, dict(event)) + "\n")
        raise structlog.DropEvent


@contextmanager
def logs_to(
    folder: Path | None,
    secrets: Iterable[str] = (),
    *,
    terminal: bool = True,
    level: int = logging.INFO,
) -> Iterator[None]:
    """While open, structlog's events go to `folder`/log.jsonl and, if asked, to standard error.

    Locals never appear in tracebacks: they hold keys.
    """
    file = (folder / "log.jsonl").open("a", encoding="utf-8") if folder is not None else None
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            Redactor(secrets),
            _Tee(file, sys.stderr if terminal else None),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.reset_defaults()
        if file is not None:
            file.close()
