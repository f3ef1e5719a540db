"""Write the table and the diagram of core/lifecycle.py into docs/execution.md.

python scripts/lifecycle.py          write the page
python scripts/lifecycle.py --check  fail when the page does not say what the code says
"""

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from tradeplat.core.lifecycle import (  # noqa: E402  # the source tree is found just above
    LIFECYCLE,
    OPEN_STATES,
    OrderState,
    Step,
)

PAGE = ROOT / "docs" / "execution.md"
BEGIN = "<!-- lifecycle: written by scripts/lifecycle.py -->"
END = "<!-- /lifecycle -->"
_ANY = (
    ("as the venue has it", frozenset(LIFECYCLE[-1].after)),
    ("any", frozenset(OrderState)),
    ("any open", OPEN_STATES),
    ("any terminal", frozenset(OrderState) - OPEN_STATES),
)
_NOBODY = "(none)"


def rendered() -> str:
    """The table of steps, then the diagram, as they stand between the page's markers."""
    return "\n".join([*table(LIFECYCLE), "", *diagram(LIFECYCLE)])


def table(steps: Iterable[Step]) -> list[str]:
    """One row a step."""
    lines = ["| # | from | event | to | rule |", "|---|---|---|---|---|"]
    for step in steps:
        before = _states(step.before) if step.before else "-"
        after = _states(step.after) if step.after else "the same"
        lines.append(f"| {step.name} | {before} | {step.event} | {after} | {step.rule} |")
    return lines


def diagram(steps: Iterable[Step]) -> list[str]:
    """Every state with the arrows that leave it; `*` marks the end of an order."""
    arrows: dict[str, dict[str, list[str]]] = {_NOBODY: {}}
    for state in OrderState:
        arrows[_named(state)] = {}
    for step in steps:
        for before in [_named(state) for state in step.before] or [_NOBODY]:
            for after in [_named(state) for state in step.after] or [before]:
                if step.after and after == before:
                    continue
                arrows[before].setdefault(after, []).append(step.name)
    lines = ["```text"]
    for before, leaving in arrows.items():
        together: dict[str, list[str]] = {}
        for after, names in leaving.items():
            together.setdefault(" ".join(names), []).append(after)
        said = before
        for shaft, after in together.items():
            where = "(stays)" if after == [before] else "> " + " ".join(after)
            lines.append(f"{said:<16} {f'--[ {shaft} ]--':<22}{where}")
            said = ""
        lines.append("")
    return [*lines[:-1], "```"]


def page(text: str) -> str:
    """`text` with what stands between its markers written anew."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE.name}: the markers {BEGIN} and {END} are missing")
    return f"{head}{BEGIN}\n{rendered()}\n{END}{tail}"


def _states(states: tuple[OrderState, ...]) -> str:
    for name, meant in _ANY:
        if frozenset(states) == meant:
            return name
    return ", ".join(_named(state) for state in states)


def _named(state: OrderState) -> str:
    return state.name if state in OPEN_STATES else f"{state.name}*"


def main(words: list[str]) -> int:
    """Write the page, or check it."""
    old = PAGE.read_text()
    new = page(old)
    if "--check" in words:
        if old != new:
            sys.stderr.write(
                "docs/execution.md is behind core/lifecycle.py: scripts/lifecycle.py\n"
            )
        return int(old != new)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
