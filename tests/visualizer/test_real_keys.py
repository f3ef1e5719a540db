"""Keys of a real X server, from xdotool to the engine's hands."""

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradeplat.visualizer.keys import ACTIONS, BY_NAME

WAIT = 30.0
TESTS = Path(__file__).parents[1]
COMMANDS = {
    **{one.name: "enter" for one in ACTIONS if one.opens},
    **dict.fromkeys(("close_quarter", "close_half", "close_all"), "leave"),
    **dict.fromkeys(("breakeven", "swing"), "protect"),
    **dict.fromkeys(("cancel", "cancel_all"), "withdraw"),
    **{name: name for name in ("flatten", "out", "panic", "arm", "disarm")},
}


def x_name(key: str) -> str:
    """A key of the table as xdotool has it: a capital letter would be one with Shift."""
    *before, name = key.split("+")
    name = name.lower() if len(name) == 1 else name
    return "+".join([*(one.lower() for one in before), name])


class Screen:
    """An X server with one window before it."""

    def __init__(self) -> None:
        reader, writer = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as told:
            assert select.select([told], [], [], WAIT)[0], "Xvfb does not answer"
            display = f":{told.readline().strip()}"
        source = [str(TESTS), str(TESTS.parent / "src")]
        self.environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "PYTHONPATH": os.pathsep.join(source),
        }
        self.window = subprocess.Popen(
            [sys.executable, "-m", "real_keys"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self.rest = b""
        while not self.does("armed")["active"]:
            pass  # its window is still coming

    def close(self) -> None:
        for process in (self.window, self.server):
            process.terminate()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def line(self) -> dict:
        """What the window says next."""
        while b"\n" not in self.rest:
            assert select.select([self.window.stdout], [], [], WAIT)[0], "the window says nothing"
            data = self.window.stdout.read(65_536)
            assert data, "the window is gone"
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def does(self, line: str) -> dict:
        """Have the window do something."""
        self.window.stdin.write(f"{line}\n".encode())
        told = self.line()
        assert {"done", "text"} & set(told), told
        return told

    def xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.environment, check=True, timeout=WAIT)

    def press(self, *keys: str) -> None:
        """Press keys as they are written in the table."""
        self.xdotool("key", "--clearmodifiers", *map(x_name, keys))

    def until_disarm(self) -> list[dict]:
        """Everything that is sent up to the press of F8, which comes last."""
        self.press("F8")
        told = [self.line()]
        while told[-1]["do"] != "disarm":
            told.append(self.line())
        return told[:-1]


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (scripts/gui.sh window)")
    made = Screen()
    yield made
    made.close()


def test_every_order_key_sends_its_command_once(screen):
    for name, do in COMMANDS.items():
        screen.does("armed")
        key = BY_NAME[name].key
        if name != "disarm":  # that one is how every list of what was sent ends
            screen.press(*([key] * 2 if name == "panic" else [key]))
        told = [one["do"] for one in screen.until_disarm()]
        if name == "panic":
            assert told[0] == "pressed"
            told = told[1:]
        assert told == ([] if name == "disarm" else [do]), name


def test_a_key_held_for_a_second_and_a_half_is_one_order(screen):
    screen.does("armed")
    for key, do in (("6", "leave"), ("0", "flatten")):
        screen.xdotool(
            "keydown", "ctrl", "keydown", key, "sleep", "1.5", "keyup", key, "keyup", "ctrl"
        )
        assert [one["do"] for one in screen.until_disarm()] == [do]


def test_in_a_text_field_orders_are_orders_and_letters_are_text(screen):
    screen.does("armed")
    screen.does("field")
    screen.press("1", "b", "Ctrl+7", "space", "0")
    (told,) = screen.until_disarm()
    assert (told["do"], told["orders"]) == ("leave", [-100.0])
    assert screen.does("text")["text"] == "1b 0"


def test_under_a_modal_dialog_only_what_reduces_risk_is_sent(screen):
    screen.does("armed")
    screen.does("dialog")
    screen.press("Ctrl+1", "Ctrl+7", "Ctrl+G", "Ctrl+0", "F9", "Shift+F9", "F12")
    told = [one["do"] for one in screen.until_disarm()]
    assert told == ["flatten", "withdraw", "withdraw", "out"]
    screen.does("no dialog")
