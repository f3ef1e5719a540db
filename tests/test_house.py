"""The rules of the house that no linter knows."""

import ast
import os
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tradeplat"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")
NO_TWIN = {"core/ports.py", "__main__.py"}
"""Protocols have nothing to run; the entry module is run by the command line's own tests."""
PRINTS = {"app/cli.py"}
TASKS = {"runtime/supervisor.py"}
EVERYWHERE = sorted(
    path
    for folder in ("src", "tests", "faultsim", "bench", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    # What `make bench` installs to compare with is not ours.
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
REASONED = re.compile(r"(# (noqa: [A-Z]+\d+(, [A-Z]+\d+)*|type: ignore\[[a-z-]+\])  )+# \S.+")
MAX_FILE = 400
MAX_FUNCTION = 40


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def place_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def comments(path: Path) -> dict[int, str]:
    """What is remarked at each line of a file."""
    with path.open("rb") as file:
        tokens = [one for one in tokenize.tokenize(file.readline) if one.type == tokenize.COMMENT]
    return {token.start[0]: token.string for token in tokens}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: promises are not length."""
    first = node.body[0]
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_has_its_twin(path: Path) -> None:
    if name_of(path) in NO_TWIN:
        return
    inside = path.relative_to(SOURCE)
    assert (ROOT / "tests" / inside.parent / f"test_{inside.name}").is_file()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_sizes_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_FILE
    long = {
        node.name: body_lines(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_lines(node) > MAX_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_command_line_prints_and_only_the_supervisor_starts_tasks(path: Path) -> None:
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
    }
    bare = {
        node.func.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    if name_of(path) not in PRINTS:
        assert "print" not in bare
    if name_of(path) not in TASKS:
        assert not calls & {"create_task", "ensure_future"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_broad_excepts_live_in_the_supervisor_only(path: Path) -> None:
    if name_of(path) in TASKS:
        return
    broad = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]
    hidden = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("suppress")
        and {ast.unparse(one) for one in node.args} & {"Exception", "BaseException"}
    ]
    assert not broad + hidden


@pytest.mark.parametrize("path", EVERYWHERE, ids=place_of)
def test_what_a_check_is_not_to_see_says_why(path: Path) -> None:
    bare = {
        line: comment
        for line, comment in comments(path).items()
        if re.search(r"\bnoqa\b|\btype: ignore\b", comment) and not REASONED.fullmatch(comment)
    }
    assert not bare


@pytest.mark.parametrize("path", EVERYWHERE, ids=place_of)
def test_what_is_passed_over_says_why(path: Path) -> None:
    said = comments(path)
    silent = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Pass)
        or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"))
        or (isinstance(node, ast.keyword) and node.arg == "return_exceptions")
        if not {node.lineno, node.lineno - 1} & said.keys()
    ]
    assert not silent


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_keep_no_mutable_state(path: Path) -> None:
    mutable = [
        node.lineno
        for node in parsed(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.List | ast.Set | ast.ListComp | ast.SetComp)
        and "__all__" not in ast.unparse(node)
    ]
    assert not mutable


def test_the_project_names_no_machine_of_its_makers() -> None:
    marks = ("/wo" + "rk/", "/op" + "t/tp", "hel" + "per session")
    files: list[Path] = []
    for folder, below, names in os.walk(ROOT):
        # What tools keep comes and goes while other tests run.
        below[:] = [name for name in below if not name.startswith(".") or name == ".ci"]
        paths = [Path(folder) / name for name in names]
        files += [one for one in paths if one.suffix in {".py", ".md", ".toml", ".sh", ".yaml"}]
    assert len(files) > 1_000
    found = [path for path in files if any(m in path.read_text(errors="replace") for m in marks)]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_that_is_loaded_may_run_code(path: Path) -> None:
    loads = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.keyword)
        and (
            (node.arg == "allow_pickle" and ast.unparse(node.value) != "False")
            or (node.arg == "weights_only" and ast.unparse(node.value) != "True")
        )
    ]
    assert not loads
