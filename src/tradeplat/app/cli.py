"""The command line: parse, wire, run; every command is a few lines, the work is elsewhere."""

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tradeplat.app.exits import guarded, standard_streams
from tradeplat.app.options import (
    AsJson,
    Config,
    Instant,
    Logs,
    Params,
    Run,
    Sets,
    Strategies,
    Why,
)
from tradeplat.app.outcome import Outcome

app = typer.Typer(
    name="tradeplat",
    help="Scan, trade, replay: the code you replay is the code that trades.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="Make and verify market data.", no_args_is_help=True)
app.add_typer(data_app, name="data")


def main() -> int:
    """Run the command line; returns the exit code of design.md 3."""
    standard_streams()
    return guarded(lambda: app(prog_name="tradeplat", standalone_mode=False), _hide)


def _hide(text: str) -> str:
    """`text` without any secret of this process."""
    from tradeplat.app.credentials import known
    from tradeplat.core.redaction import Redactor

    return Redactor(known()).text(text)


def _finish(outcome: Outcome, *, as_json: bool) -> None:
    print(_hide(json.dumps(outcome.numbers, default=str) if as_json else outcome.text))
    raise typer.Exit(outcome.code)


@app.command()
def replay(
    paths: Annotated[list[Path], typer.Argument(help="CSV files or folders, or a recorded run.")],
    strategy: Strategies = [],
    param: Params = [],
    drive: Annotated[str, typer.Option(help="research or orchestrated.")] = "research",
    start: Annotated[str, typer.Option("--from", help="First instant. " + Instant)] = "",
    end: Annotated[str, typer.Option("--to", help="Last instant. " + Instant)] = "",
    out: Annotated[Path | None, typer.Option(help="Folder to record the run in.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Wait, paused, for a window.")] = False,
    tied: Annotated[bool, typer.Option("--tied", hidden=True)] = False,
    config: Config = None,
    set_: Sets = [],
    as_json: AsJson = False,
) -> None:
    """Replay CSVs at zero delay through the code that trades, or a recorded run through itself."""
    from tradeplat.app import rehearsal, replaying

    window = (start, end)
    request = replaying.Request(
        tuple(paths), tuple(strategy), tuple(param), drive, window, out, quiet=as_json
    )
    if serve:

        def ready(told: Mapping[str, object], text: str) -> None:
            print(json.dumps(told) if as_json else text, file=sys.stderr, flush=True)

        _finish(rehearsal.run(request, config, set_, ready, tied=tied), as_json=as_json)
    _finish(replaying.run(request, config, set_), as_json=as_json)


@app.command()
def run(
    mode: Annotated[str | None, typer.Option(help="paper, or live: real money.")] = None,
    venue: Annotated[str | None, typer.Option(help="builtin or alpaca.")] = None,
    stream: Annotated[str | None, typer.Option(help="Stream plug-in.")] = None,
    quotes: Annotated[str | None, typer.Option(help="Another stream, for quotes.")] = None,
    scanner: Annotated[str | None, typer.Option(help="Scanner plug-in.")] = None,
    tickers: Annotated[str | None, typer.Option(help="A,B: trade just these.")] = None,
    strategy: Strategies = [],
    param: Params = [],
    speed: Annotated[str | None, typer.Option(help="Built-in venue's speed, or max.")] = None,
    for_: Annotated[str, typer.Option("--for", help="Stop after, e.g. 10m of market time.")] = "",
    on_exit: Annotated[str | None, typer.Option(help="cancel, flatten or leave.")] = None,
    config: Config = None,
    set_: Sets = [],
    as_json: AsJson = False,
) -> None:
    """Scan and trade: on the built-in venue by default, no account and no key needed."""
    from tradeplat.app import session

    request = session.Request(
        typed=session.typed(
            mode=mode,
            venue=venue,
            stream=stream,
            quotes=quotes,
            scanner=scanner,
            on_exit=on_exit,
            speed=speed,
            tickers=tickers,
        ),
        strategies=tuple(strategy),
        params=tuple(param),
        duration=for_,
        quiet=as_json,
    )
    _finish(session.run(request, config, set_), as_json=as_json)


@app.command()
def scan(
    scanner: Annotated[str | None, typer.Option(help="Scanner plug-in.")] = None,
    once: Annotated[bool, typer.Option(help="Scan once and leave.")] = False,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Scan a recorded market instead: a file or a folder."),
    ] = None,
    config: Config = None,
    set_: Sets = [],
    as_json: AsJson = False,
) -> None:
    """Show what the scanner would trade, with the reason for each ticker in or out."""
    from tradeplat.app import scan_replay, scanning

    if replay is not None:
        _finish(scan_replay.run(replay, scanner, config, set_), as_json=as_json)
        return

    tell = None if once or as_json else partial(print, flush=True)
    _finish(scanning.run(scanner, config, set_, tell), as_json=as_json)


Orders = "buy, sell, close, breakeven, swing, protect, cancel, out, or disarm."
Presets = (
    "What goes wrong: a plan's file, or calm, rough, storm, flaky-stream, flaky-rest, late-orders, "
    "throttled, lossy-30, races, forgetful, busts, halts."
)


@app.command()
def venue(
    data: Annotated[Path | None, typer.Option(help="Recorded folder to play.")] = None,
    speed: Annotated[str, typer.Option(help="1 is real time; max is as fast as clients.")] = "1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="TCP port on loopback; 0 picks one.")
    ] = 8700,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the synthetic morning.")] = 7,
    tickers: Annotated[
        int, typer.Option(min=1, max=500, help="Tickers of the synthetic morning.")
    ] = 40,
    start: Annotated[str, typer.Option("--from", help="First instant. " + Instant)] = "",
    end: Annotated[str, typer.Option("--to", help="Last instant. " + Instant)] = "",
    faults: Annotated[str, typer.Option(help=Presets)] = "",
    profile: Annotated[
        str, typer.Option(help="alpaca-paper, lockstep, or strict: the budget of requests counts.")
    ] = "",
    books: Annotated[
        Path | None, typer.Option(help="File that keeps accounts and orders over a restart.")
    ] = None,
    tied: Annotated[bool, typer.Option("--tied", help="End with standard input.")] = False,
    as_json: AsJson = False,
) -> None:
    """Serve the built-in venue on loopback for this platform or any Alpaca client."""
    from tradeplat.app import venue_server

    window = (start, end)
    request = venue_server.Request(
        data, speed, port, seed, tickers, window, faults, books, profile, tied
    )
    venue_server.run(request, lambda ready, text: print(ready if as_json else text, flush=True))


@data_app.command()
def synth(
    out: Annotated[Path, typer.Argument(help="Folder to write.")] = Path("backtest_data"),
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same data.")] = 7,
    tickers: Annotated[int, typer.Option(min=1, max=500, help="How many tickers.")] = 40,
    day: Annotated[str, typer.Option(help="Trading day, yyyy-mm-dd.")] = "",
    start: Annotated[str, typer.Option("--from", help="First minute, New York.")] = "09:00",
    end: Annotated[str, typer.Option("--to", help="Last minute, New York.")] = "10:30",
    as_json: AsJson = False,
) -> None:
    """Make a synthetic trading morning: bars, quotes, trades and the scanner's universe."""
    from tradeplat.app import data_commands

    _finish(data_commands.synth(out, seed, tickers, day, (start, end)), as_json=as_json)


@data_app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="CSV files or folders.")],
    as_json: AsJson = False,
) -> None:
    """Verify files and show every problem by file and row; exit 2 when there is one."""
    from tradeplat.app import data_commands

    _finish(data_commands.check(paths), as_json=as_json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    html: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the report of a run from its logs alone."""
    from tradeplat.app import reporting

    _finish(reporting.run(folder, html, show=open_), as_json=as_json)


@app.command()
def feeds(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    late: Annotated[
        float | None, typer.Option(help="Seconds beyond the vendor's hold that are late.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Write the picture (SVG) here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell which feed of a run was late, missing or wrong, from its logs alone."""
    from tradeplat.app import feed_report

    _finish(feed_report.run(folder, picture, late), as_json=as_json)


@app.command()
def doctor(config: Config = None, set_: Sets = [], as_json: AsJson = False) -> None:
    """Check this machine, the settings, the keys and the data before money depends on them."""
    from tradeplat.app import examination

    _finish(examination.run(config, set_), as_json=as_json)


@app.command()
def drill(
    symbol: Annotated[str, typer.Argument(metavar="[SYMBOL]", help="What to trade.")] = "",
    config: Config = None,
    set_: Sets = [],
    as_json: AsJson = False,
) -> None:
    """Kill and flatten on the paper account: --mode live needs one that passed this morning."""
    from tradeplat.app import drill as morning

    _finish(morning.run(symbol, config, set_), as_json=as_json)


@app.command()
def status(logs: Logs = Path("logs"), run_: Run = None, as_json: AsJson = False) -> None:
    """Show how the running daemon stands: mode, positions, orders, streams, journal."""
    from tradeplat.app import control_commands

    _finish(control_commands.status(control_commands.Where(logs, run_)), as_json=as_json)


@app.command()
def flatten(
    symbols: Annotated[list[str], typer.Argument(metavar="[SYMBOL]...", help="All if none.")] = [],
    why: Why = "",
    logs: Logs = Path("logs"),
    run_: Run = None,
    as_json: AsJson = False,
) -> None:
    """Cancel the orders of these symbols and close their positions; without any, of all."""
    from tradeplat.app import control_commands

    where = control_commands.Where(logs, run_)
    _finish(control_commands.flatten(where, symbols, why), as_json=as_json)


@app.command()
def kill(
    why: Why = "",
    flat: Annotated[bool, typer.Option("--flatten", help="Close every position too.")] = False,
    logs: Logs = Path("logs"),
    run_: Run = None,
    as_json: AsJson = False,
) -> None:
    """Stop all trading now and cancel every order; only resume lets trading go on."""
    from tradeplat.app import control_commands

    where = control_commands.Where(logs, run_)
    _finish(control_commands.kill(where, why, flat=flat), as_json=as_json)


@app.command()
def resume(
    why: Why = "", logs: Logs = Path("logs"), run_: Run = None, as_json: AsJson = False
) -> None:
    """Let a daemon that was killed or halted trade again."""
    from tradeplat.app import control_commands

    _finish(control_commands.resume(control_commands.Where(logs, run_), why), as_json=as_json)


@app.command()
def order(
    what: Annotated[str, typer.Argument(help=Orders)],
    symbol: Annotated[str, typer.Argument(help="The ticker; cancel takes none for all.")] = "",
    shares: Annotated[float | None, typer.Option(help="Size in shares.")] = None,
    dollars: Annotated[float | None, typer.Option(help="Size in money.")] = None,
    risk: Annotated[float | None, typer.Option(help="Size by money lost at the stop.")] = None,
    part: Annotated[float | None, typer.Option(help="Percent of what is held, or of size.")] = None,
    limit: Annotated[float | None, typer.Option(help="Limit price.")] = None,
    offset: Annotated[float | None, typer.Option(help="Money through the market.")] = None,
    stop: Annotated[float | None, typer.Option(help="Protective stop.")] = None,
    target: Annotated[float | None, typer.Option(help="Protective target.")] = None,
    strategy: Annotated[str, typer.Option(help="Whose position, or who is stopped.")] = "",
    join: Annotated[bool, typer.Option("--join", help="Join the near side.")] = False,
    arm: Annotated[bool, typer.Option("--arm", help="Arm for this order.")] = False,
    logs: Logs = Path("logs"),
    run_: Run = None,
    as_json: AsJson = False,
) -> None:
    """Trade by hand in the running daemon: the same actions as the hot keys, by the same rules."""
    from tradeplat.app import control_commands, order_commands

    wish = order_commands.Wish(
        what=what.lower(),
        symbol=symbol,
        shares=shares,
        dollars=dollars,
        risk=risk,
        part=part,
        limit=limit,
        offset=offset,
        stop=stop,
        target=target,
        strategy=strategy,
        join=join,
        arm=arm,
    )
    _finish(order_commands.order(control_commands.Where(logs, run_), wish), as_json=as_json)


@app.command()
def gui(
    paths: Annotated[list[Path], typer.Argument(help="What --replay plays.")] = [],
    replay_: Annotated[bool, typer.Option("--replay", help="Replay files in the window.")] = False,
    strategy: Strategies = [],
    param: Params = [],
    start: Annotated[str, typer.Option("--from", help="First instant. " + Instant)] = "",
    end: Annotated[str, typer.Option("--to", help="Last instant. " + Instant)] = "",
    play: Annotated[str, typer.Option(help="Let it run at once, so fast (0: max).")] = "",
    config: Config = None,
    set_: Sets = [],
    shot: Annotated[Path | None, typer.Option(help="Write a picture here instead.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Milliseconds until the picture.")] = 3_000,
    size: Annotated[str, typer.Option(help="Of the window, such as 1440x900.")] = "",
    logs: Logs = Path("logs"),
    run_: Run = None,
) -> None:
    """Open the main window, in its own process, on the newest run; closing it stops no trading."""
    from tradeplat.app import control_commands, gui_commands
    from tradeplat.app.replay_process import Asked

    look = gui_commands.Look(shot, after, size, play)
    where = control_commands.Where(logs, run_)
    given = (tuple(strategy), tuple(param), (start, end), config, tuple(set_))
    asked = Asked(tuple(paths), *given) if replay_ or paths else None
    _finish(gui_commands.gui(where, look, asked), as_json=False)


@app.command()
def override(
    code: Annotated[str, typer.Argument(help="The check; without one, list.")] = "",
    symbol: Annotated[str, typer.Option(help="For one ticker only.")] = "",
    strategy: Annotated[str, typer.Option(help="For one strategy only.")] = "",
    minutes: Annotated[int, typer.Option(min=1, max=15, help="For so long.")] = 15,
    revoke: Annotated[bool, typer.Option("--revoke", help="Let the check hold again.")] = False,
    why: Why = "",
    logs: Logs = Path("logs"),
    run_: Run = None,
    as_json: AsJson = False,
) -> None:
    """Let orders of the running daemon pass a soft check for a while, saying why."""
    from tradeplat.app import control_commands

    wish = control_commands.Pass(code, symbol, strategy, minutes, revoke)
    where = control_commands.Where(logs, run_)
    _finish(control_commands.override(where, wish, why), as_json=as_json)
