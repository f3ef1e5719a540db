"""Single keys from a terminal: what it sends is decoded, and how it was is put back."""

import asyncio
import os
import termios
import tty
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

PASTES = "\x1b[?2004h"
"""Asks the terminal to mark what is pasted, so that no pasted text is taken for keys."""
NO_PASTES = "\x1b[?2004l"
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"
LONE = 0.05
"""Seconds after which an escape nothing followed was the Esc key."""
BACKGROUND = 0.5
"""Seconds between looks whether a job in the background is in front again."""

_FINAL = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
_FINAL |= {"P": "f1", "Q": "f2", "R": "f3", "S": "f4"}
_TILDE = {1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home"}
_TILDE |= {8: "end", 11: "f1", 12: "f2", 13: "f3", 14: "f4", 15: "f5", 17: "f6", 18: "f7"}
_TILDE |= {19: "f8", 20: "f9", 21: "f10", 23: "f11", 24: "f12"}
_PRESSED = {"24;6": "ctrl+shift+f12"}
_CONTROL = {"\r": "enter", "\n": "enter", "\t": "tab", " ": "space", "\x7f": "backspace"}
_CONTROL |= {"\x08": "backspace"}
_MEANT = 32
"""A sequence longer than this is none: it is forgotten."""

OnKey = Callable[[str], None]


class KeyDecoder:
    """Bytes of a terminal become names of keys, however they were cut up.

    A printable key is the character it types. Combinations with Alt, unknown sequences and
    everything pasted between the terminal's marks mean nothing, and never a part of them.
    """

    def __init__(self) -> None:
        self._text = getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._since = 0.0
        self._pasting = False

    def feed(self, data: bytes, at: float) -> list[str]:
        """The keys completed by `data`, read at `at` (seconds of any clock)."""
        keys: list[str] = []
        if self._rest == "\x1b" and at - self._since > LONE:
            self._rest = ""
            keys.append("esc")
        text = self._rest + self._text.decode(data)
        place = 0
        while place < len(text):
            end, key = self._one(text, place)
            if end == place:
                break
            place = end
            if key:
                keys.append(key)
        self._rest = text[place:]
        self._since = at
        return keys

    def _one(self, text: str, start: int) -> tuple[int, str]:
        """Where the key at `start` ends and its name; `start` itself while it is not all here."""
        if self._pasting:
            return self._pasted(text, start)
        first = text[start]
        if first != "\x1b":
            return start + 1, _CONTROL.get(first, first if first.isprintable() else "")
        if len(text) == start + 1:
            return start, ""
        if text[start + 1] not in "[O":
            return start + 2, ""
        end = start + 2
        while end < len(text) and not "@" <= text[end] <= "~":
            end += 1
        if end == len(text):
            return (start, "") if end - start < _MEANT else (end, "")
        if text[start : end + 1] == _PASTE:
            self._pasting = True
        return end + 1, _named(text[start + 2 : end], text[end])

    def _pasted(self, text: str, start: int) -> tuple[int, str]:
        """Skip to the end of what is pasted, keeping what may be the start of its mark."""
        found = text.find(_PASTED, start)
        if found >= 0:
            self._pasting = False
            return found + len(_PASTED), ""
        return max(start, len(text) - len(_PASTED) + 1), ""


def usable(stdin: TextIO) -> bool:
    """True when `stdin` is a terminal and this process is the one in front of it."""
    try:
        return stdin.isatty() and os.tcgetpgrp(stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False


def restorer(stdin: TextIO) -> Callable[[], None]:
    """Puts the terminal back as it is now, whenever it is called; nothing where there is none."""
    if not usable(stdin):
        return lambda: None
    fd = stdin.fileno()
    before = termios.tcgetattr(fd)

    def restore() -> None:
        with suppress(termios.error, OSError):  # the terminal is gone
            termios.tcsetattr(fd, termios.TCSANOW, before)

    return restore


@contextmanager
def keys(stdin: TextIO, out: TextIO, on_key: OnKey) -> Iterator[None]:
    """While open, hand each key typed at `stdin` to `on_key` from the running loop."""
    loop = asyncio.get_running_loop()
    reader = _Reader(stdin.fileno(), loop, on_key)
    restore = restorer(stdin)
    try:
        # Flushes: what was typed before nobody meant as a command.
        tty.setcbreak(stdin.fileno())
        out.write(PASTES)
        out.flush()
        reader.listen()
        yield
    finally:
        reader.stop()
        restore()
        with suppress(OSError, ValueError):  # it is gone, or the file is closed
            out.write(NO_PASTES)
            out.flush()


class _Reader:
    """Reads a terminal when it has something, and only while in front of it."""

    def __init__(self, fd: int, loop: asyncio.AbstractEventLoop, on_key: OnKey) -> None:
        self._fd = fd
        self._loop = loop
        self._on_key = on_key
        self._decoder = KeyDecoder()
        self._later: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        self._later = None
        self._loop.add_reader(self._fd, self._ready)

    def stop(self) -> None:
        self._loop.remove_reader(self._fd)
        if self._later is not None:
            self._later.cancel()

    def _ready(self) -> None:
        try:
            if os.tcgetpgrp(self._fd) != os.getpgrp():
                # To read from behind would stop the process.
                self._loop.remove_reader(self._fd)
                self._later = self._loop.call_later(BACKGROUND, self.listen)
                return
            data = os.read(self._fd, 1024)
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self._fd)
            return
        for key in self._decoder.feed(data, self._loop.time()):
            self._on_key(key)


def _named(parameters: str, final: str) -> str:
    """The key of a control sequence, empty for one that no key alone sends."""
    if final == "~":
        if parameters in _PRESSED:
            return _PRESSED[parameters]
        return _TILDE.get(int(parameters), "") if parameters.isdecimal() else ""
    return _FINAL.get(final, "") if not parameters else ""
