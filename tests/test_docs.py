"""What README.md and docs/ tell a user to type works as told."""

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from commands import ran, typed
from tradeplat.app import plugins, wiring
from tradeplat.app.settings import Plug, Settings, load
from tradeplat.execution.hotkeys import DEFAULTS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MEASURED = {"docs/performance.md"}
"""Pages that the benchmarks write."""
WORDS = {"none", "no limit", "synthetic", "Alpaca's", "Massive's", "FMP's"}
"""What a page says for a default that is empty."""


def blocks(page: Path, language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(page.read_text()) if name == language]


def typed_lines(page: Path) -> list[str]:
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


CONSOLE = [page for page in PAGES if typed_lines(page)]
MADE = [(page, line) for page in PAGES for line in typed_lines(page) if line.startswith("make ")]


@pytest.mark.parametrize("page", CONSOLE, ids=lambda page: page.name)
def test_every_line_of_a_page_works_where_the_sample_is(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "backtest_data", tmp_path / "backtest_data")
    for line in typed_lines(page):
        if line.startswith("make "):
            continue
        word, *rest = shlex.split(line)
        assert word == "tradeplat", f"{line}: no test knows how to run it"
        said = ran(*rest, cwd=tmp_path)
        assert said.code == 0, (line, said.err)
        assert "Traceback" not in said.err
    assert {path.name for path in tmp_path.iterdir()} <= {"backtest_data", "logs", "morning"}


@pytest.mark.parametrize(("page", "line"), MADE, ids=lambda value: str(value)[-12:])
def test_every_target_a_page_names_is_there(page: Path, line: str) -> None:
    done = subprocess.run(
        ["make", "-n", *shlex.split(line)[1:]], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_test_that_holds_up_a_promise_is_there() -> None:
    page = (ROOT / "docs" / "promises.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)`", page)
    assert len(named) > 40
    assert not [
        name for name in named if not re.search(r"^(?:async )?def test_", _text(name), re.MULTILINE)
    ]


def test_every_module_that_holds_up_a_promise_is_there() -> None:
    page = (ROOT / "docs" / "promises.md").read_text()
    named = re.findall(r"`((?!tests/)\w+/[\w/]*(?:\.py)?)`", page)
    assert len(named) > 10
    there = [(ROOT / name).exists() or (ROOT / "src/tradeplat" / name).exists() for name in named]
    assert [name for name, found in zip(named, there, strict=True) if not found] == []


def _text(name: str) -> str:
    path = ROOT / name
    return path.read_text() if path.is_file() else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    local = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [one for one in local if not (page.parent / one).exists() and one not in MEASURED] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_of_code_runs(page: Path) -> None:
    for block in blocks(page, "python"):
        names: dict[str, object] = {"__name__": "example"}
        exec(compile(block, page.name, "exec"), names)


@pytest.mark.parametrize("drive", ["research", "orchestrated"])
def test_the_strategy_of_the_readme_trades_the_sample(
    drive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / f"example_{drive}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (block,) = blocks(ROOT / "README.md", "python")
    (package / "above_mean.py").write_text(block)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.PACKAGES, "strategy", package.name)
    sample = ROOT / "backtest_data"
    said = typed("replay", sample, "-s", "above_mean", "--drive", drive, "--json")
    assert said.numbers["fills"] > 10
    longer = typed("replay", sample, "-s", "above_mean", "-p", "length=60", "--json")
    assert 0 < longer.numbers["fills"] < said.numbers["fills"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_of_settings_is_taken(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "toml"):
        file = tmp_path / "day.toml"
        file.write_text(block)
        table = tomllib.loads(block)
        if set(table) == {"keys"} and not set(table["keys"]) & {"file", "offset", "stop"}:
            keys = wiring.keypad(load(None, [f"keys.file={file}"]))
            assert keys.bindings != DEFAULTS
            continue
        settings = load(file)
        assert settings != Settings()
        for plug in settings.strategy:
            plugins.build("strategy", plug.use, plug.options)


def documented() -> dict[str, str]:
    rows = (ROOT / "docs" / "settings.md").read_text().splitlines()
    cells = [row.strip("|").split("|") for row in rows if re.match(r"\| `[a-z_.]+` ", row)]
    return {key.strip().strip("`"): default.strip() for key, default, *_ in cells}


def in_force(model: BaseModel, path: str = "") -> Iterator[tuple[str, object]]:
    """Every key a user can set, with its default."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        key = f"{path}{name}"
        if isinstance(value, Plug):
            yield (key if path else f"{key}.use"), value.use
        elif isinstance(value, BaseModel):
            yield from in_force(value, f"{key}.")
        else:
            yield key, value


def test_the_table_of_settings_has_every_key_and_its_default() -> None:
    expected = dict(in_force(Settings()))
    told = documented()
    assert set(told) == set(expected)
    for key, default in expected.items():
        if default in (None, "", ()):
            assert told[key] in WORDS, key
        else:
            word = str(default).lower() if isinstance(default, bool) else str(default)
            assert told[key] == f"`{word}`", key
