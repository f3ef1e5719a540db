"""Options that several commands of the command line have."""

from pathlib import Path
from typing import Annotated

import typer

Sets = Annotated[
    list[str], typer.Option("--set", metavar="PATH.KEY=VALUE", help="Override one setting.")
]
Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Strategies = Annotated[
    list[str], typer.Option("--strategy", "-s", metavar="NAME", help="Strategy to run; repeatable.")
]
Params = Annotated[
    list[str],
    typer.Option("--param", "-p", metavar="K=V", help="Strategy parameter, or NAME.K=V for one."),
]
Logs = Annotated[Path, typer.Option("--logs", help="Folder the runs are in.")]
Run = Annotated[Path | None, typer.Option("--run", help="The daemon's run folder.")]
Why = Annotated[str, typer.Option("--why", help="Reason, for the record.")]
Instant = "New York time unless it carries a zone, such as 2013-10-08T09:30."
