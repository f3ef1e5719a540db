"""Settings: one frozen schema, read once at the door, every key of it settable with `--set`."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from tradeplat.core.errors import BadInput
from tradeplat.risk.limits import Hours

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "string": "a text",
    "path": "a path",
    "tuple": "a list of tables with use = NAME",
    "string_pattern_mismatch": "an address such as https://host",
}
"""Kinds of mistake, or the first word of their names, in the words of a settings file."""


class Part(BaseModel):
    """A frozen table of settings; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Plug(BaseModel):
    """A table that names a plug-in with `use`; its other keys are that plug-in's arguments."""

    model_config = ConfigDict(frozen=True, extra="allow")

    use: str

    @property
    def options(self) -> dict[str, Any]:
        """The plug-in's own arguments."""
        return dict(self.model_extra or {})


class RunSettings(Part):
    """What kind of run this is."""

    mode: Literal["paper", "live"] = "paper"
    venue: Literal["builtin", "alpaca"] = "builtin"
    logs: Path = Path("logs")
    cash: Decimal = Field(default=Decimal(100_000), gt=0)
    on_exit: Literal["cancel", "flatten", "leave"] = "cancel"
    account: str = ""
    """The only account that may be traded, empty for any; live has to name it."""
    seed: int = Field(default=1, ge=0)


class DeskSettings(Part):
    """How desks come and go."""

    poll_seconds: float = Field(default=5.0, gt=0)
    debounce_polls: int = Field(default=2, ge=1)
    on_removal: Literal["manage", "flatten"] = "manage"
    removal_deadline_seconds: float = Field(default=600.0, ge=0)
    max_desks: int = Field(default=40, ge=1)
    end_of_day: bool = True
    entries_end_minutes: float = Field(default=15.0, ge=0)
    flatten_minutes: float = Field(default=5.0, ge=0)
    verify_minutes: float = Field(default=1.0, ge=0)
    warmup_bars: int = Field(default=1_200, ge=0)
    """Bars of a minute or more; a day with all its hours and the evening before are 1,200."""


class LevelSettings(Part):
    """When one strategy is done: money lost, money made; 0 is never."""

    stop_loss_level: float = Field(default=0.0, ge=0)
    take_profit_level: float = Field(default=0.0, ge=0)


class RiskSettings(Part):
    """Pre-trade limits and sizing (risk/limits.py explains each); 0 is off where it is allowed."""

    sizing: Plug = Plug.model_validate({"use": "fixed_quantity"})
    max_open_trades: int | None = Field(default=None, ge=1)
    max_position: Decimal = Field(default=Decimal(50_000), gt=0)
    max_notional: Decimal = Field(default=Decimal(25_000), gt=0)
    max_quantity: Decimal = Field(default=Decimal(2_000), gt=0)
    max_volume_part: Decimal = Field(default=Decimal("0.01"), gt=0, le=1)
    max_gross: Decimal = Field(default=Decimal(2), gt=0)
    leverage: Decimal = Field(default=Decimal(2), gt=0)
    price_collar: Decimal = Field(default=Decimal("0.03"), gt=0)
    flatten_collar: Decimal = Field(default=Decimal("0.10"), gt=0, lt=1)
    max_spread: Decimal = Field(default=Decimal("0.02"), gt=0)
    max_open_orders: int = Field(default=50, ge=1)
    max_open_orders_symbol: int = Field(default=5, ge=1)
    hours: Hours = Hours.EXTENDED
    allow_short: bool = True
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    entry_seconds: int = Field(default=60, ge=0)
    stale_quote_seconds: float = Field(default=2.0, ge=0)
    stale_quote_extended_seconds: float = Field(default=10.0, ge=0)
    stale_signal_seconds: float = Field(default=2.0, ge=0)
    resumption_seconds: float = Field(default=60.0, ge=0)
    same_order_seconds: float = Field(default=2.0, ge=0)
    age_scale: float = Field(default=1.0, ge=1)
    orders_second: int = Field(default=5, ge=0)
    orders_minute: int = Field(default=60, ge=0)
    orders_minute_symbol: int = Field(default=10, ge=0)
    replaces_minute: int = Field(default=10, ge=0)
    equal_rejections: int = Field(default=3, ge=0)
    rejection_pause_seconds: float = Field(default=300.0, gt=0)
    losing_trades: int = Field(default=5, ge=0)
    losing_pause_seconds: float = Field(default=1800.0, gt=0)
    daily_loss: Decimal = Field(default=Decimal("0.02"), ge=0, lt=1)
    daily_loss_kill: Decimal = Field(default=Decimal("0.03"), ge=0, lt=1)
    max_drawdown: Decimal = Field(default=Decimal("0.06"), ge=0, lt=1)
    flatten_at_drawdown: bool = False
    levels: dict[str, LevelSettings] = {}
    round_trips: int = Field(default=0, ge=0)
    rules: Plug = Plug.model_validate({"use": "none"})


class CostSettings(Part):
    """What a simulated fill costs (replay and the built-in venue)."""

    commission: float = Field(default=0.0, ge=0)
    fee_per_trade: float = Field(default=0.0, ge=0)
    slippage_ticks: float = Field(default=0.0, ge=0)
    slippage_pct: float = Field(default=0.0, ge=0)
    volume_cap: float | None = Field(default=None, gt=0, le=1)


class VenueSettings(Part):
    """The built-in venue: the daemon starts one as told here, or takes the one at `url`."""

    url: str = ""
    data: Path | None = None
    seed: int = Field(default=7, ge=0)
    speed: Annotated[float, Field(gt=0)] | Literal["max"] = 90.0
    port: int = Field(default=0, ge=0, le=65_535)
    tickers: int = Field(default=40, ge=1, le=500)
    profile: Literal["", "alpaca-paper", "lockstep", "strict"] = ""
    faults: str = ""
    """A preset of faults or a plan's file (docs/venue.md)."""


class OffsetSettings(Part):
    """The offset of shares under a price, in money or in ticks."""

    under: float = Field(gt=0)
    money: float | None = Field(default=None, ge=0)
    ticks: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.money is None) == (self.ticks is None):
            raise ValueError("expected one of money and ticks")
        return self


class KeySettings(Part):
    """Trading by hand from the terminal (execution/hotkeys.py explains each)."""

    file: Path | None = None
    size: float = Field(default=100.0, gt=0)
    """Shares of an order that says no size."""
    risk: float = Field(default=100.0, gt=0)
    """Money that an order by risk may lose at its stop."""
    offset: float = Field(default=0.05, ge=0, allow_inf_nan=False)
    offsets: tuple[OffsetSettings, ...] = ()
    tif: Literal["day", "ioc"] = "day"
    stop: float = Field(default=0.02, ge=0, lt=1)


class ControlSettings(Part):
    """How a running daemon can be reached, beside the socket in its run folder."""

    port: int | None = Field(default=None, ge=0, le=65_535)


class GuardianSettings(Part):
    """The small process that watches this one (guardian/); its times are seconds of the wall."""

    enabled: bool = True
    on_death: Literal["protect", "flatten"] = "protect"
    silent_seconds: float = Field(default=5.0, gt=0)
    dead_seconds: float = Field(default=15.0, gt=0)
    memory_mib: int = Field(default=3072, ge=0)


class AlertSettings(Part):
    """Whom an alarm reaches beside the log: a command, started with the alarm's code and line."""

    command: tuple[str, ...] = ()


class AlpacaSettings(Part):
    """Where Alpaca's services are; keys come from the environment, never from here."""

    trading_url: str = Field(default="", pattern=r"^(https?://[^\s@]+)?$")
    data_url: str = Field(default="", pattern=r"^(https?://[^\s@]+)?$")
    stream_url: str = Field(default="", pattern=r"^(wss?://[^\s@]+)?$")
    news_url: str = Field(default="", pattern=r"^(wss?://[^\s@]+)?$")
    feed: Literal["iex", "sip", "delayed_sip", "builtin"] = "iex"


class PolygonSettings(Part):
    """Where Polygon's (Massive's) services are; the key comes from the environment."""

    url: str = Field(default="", pattern=r"^(https?://[^\s@]+)?$")
    stream_url: str = Field(default="", pattern=r"^(wss?://[^\s@]+)?$")
    requests_minute: int = Field(default=200, ge=1)
    lateness: float = Field(default=2.0, ge=0.0, le=900.0)
    """Market seconds for which a bar may come in its place; a later one is an amendment."""


class FmpSettings(Part):
    """Where Financial Modeling Prep is; the key comes from the environment."""

    url: str = Field(default="", pattern=r"^(https?://[^\s@]+)?$")
    requests_minute: int = Field(default=300, ge=1)
    requests_day: int = Field(default=250, ge=0)


class Settings(Part):
    """Everything a run can be told."""

    run: RunSettings = RunSettings()
    scanner: Plug = Plug.model_validate({"use": "top_gainer"})
    stream: Plug = Plug.model_validate({"use": "alpaca", "spans": [1, 60]})
    quotes: Plug | None = None
    """The stream that brings quotes, where `stream` brings bars alone."""
    broker: Plug = Plug.model_validate({"use": "alpaca"})
    strategy: tuple[Plug, ...] = ()
    desks: DeskSettings = DeskSettings()
    risk: RiskSettings = RiskSettings()
    costs: CostSettings = CostSettings()
    venue: VenueSettings = VenueSettings()
    alpaca: AlpacaSettings = AlpacaSettings()
    polygon: PolygonSettings = PolygonSettings()
    fmp: FmpSettings = FmpSettings()
    keys: KeySettings = KeySettings()
    control: ControlSettings = ControlSettings()
    guardian: GuardianSettings = GuardianSettings()
    alerts: AlertSettings = AlertSettings()


def load(
    file: Path | None, overrides: Iterable[str] = (), base: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of `base`, overlaid by `file` (TOML), overlaid by `path.to.key=value` pairs.

    Raises BadInput naming the file or option, the key and what was expected.
    """
    tree: dict[str, Any] = _copied(base or {})
    where = "settings"
    if file is not None:
        where = str(file)
        _overlay(tree, read_toml(file))
    for pair in overrides:
        _set(tree, pair)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise BadInput(_explain(error, where)) from None


def read_toml(file: Path) -> dict[str, Any]:
    """The tables of a TOML file a user named; BadInput where it is none."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{file}: no such configuration file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read ({error})") from None
    except (ValueError, RecursionError) as error:
        # Besides its own errors, what the parser says to numbers and nests without end.
        raise BadInput(f"{file}: not valid TOML: {error}") from None


def _copied(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _copied(v) if isinstance(v, Mapping) else v for k, v in tree.items()}


def _overlay(tree: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, Mapping) and isinstance(tree.get(key), dict) and "use" not in value:
            _overlay(tree[key], value)
        else:
            tree[key] = value


def _set(tree: dict[str, Any], pair: str) -> None:
    path, equals, text = pair.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise BadInput(f"--set {pair}: expected path.to.key=value")
    node: Any = tree
    for key in keys[:-1]:
        if isinstance(node, list | tuple):
            node = _item(node, key, pair)
            continue
        node = node.setdefault(key, _defaults_of(tree, node, key))
        if not isinstance(node, dict | list | tuple):
            raise BadInput(f"--set {pair}: {key} is a value, not a table")
    if isinstance(node, list | tuple):
        raise BadInput(f"--set {pair}: name a key of one entry, such as {path.strip()}.use")
    found = value(text.strip())
    if keys[-1] == "use" and node.get("use") != found:
        # Another plug-in takes other arguments.
        node.clear()
    node[keys[-1]] = found


def _defaults_of(tree: dict[str, Any], node: Any, key: str) -> dict[str, Any]:
    """A plug-in's table that is first touched by an override keeps the default plug-in."""
    default: Any = None
    if node is tree:
        default = getattr(Settings(), key, None)
    elif node is tree.get("risk"):
        default = getattr(RiskSettings(), key, None)
    return default.model_dump() if isinstance(default, Plug) else {}


def _item(node: Any, key: str, pair: str) -> Any:
    if key.isdecimal() and int(key) < len(node):
        return node[int(key)]
    named = [entry for entry in node if entry.get("use") == key]
    if named:
        return named[0]
    known = ", ".join(str(entry.get("use")) for entry in node) or "none"
    raise BadInput(f"--set {pair}: no entry {key!r} (there are: {known})")


def value(text: str) -> Any:
    """`text` as a TOML value where it is one, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _explain(error: ValidationError, where: str) -> str:
    errors = error.errors()
    first = errors[0]
    path = _path(first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{where}: unknown key {path}{_nearest(first['loc'])}"
    if first["type"] == "missing":
        return f"{where}: {path} is missing"
    # A key that takes this or that has one complaint for each.
    expected = " or ".join(_expected(one) for one in errors if _path(one["loc"]) == path)
    return f"{where}: {path}: found {first['input']!r}, expected {expected}"


def _path(loc: tuple[int | str, ...]) -> str:
    """The key as a user writes it: what a union's branches are called is nobody's business."""
    parts: list[str] = []
    model: Any = Settings
    for part in loc:
        fields = getattr(model, "model_fields", {})
        if part in fields:
            model = fields[part].annotation
        elif isinstance(part, int):
            model = next(iter(get_args(model)), None)
        elif parts and not fields:
            break
        parts.append(str(part))
    return ".".join(parts)


def _expected(error: ErrorDetails) -> str:
    kind, message = error["type"], error["msg"]
    if kind == "model_type":
        return "a table with use = NAME" if message.endswith(" Plug") else "a table"
    word = _WORDS.get(kind) or ("" if kind.endswith("_than") else _WORDS.get(kind.split("_")[0]))
    return word or message.removeprefix("Input should be ")


def _nearest(loc: tuple[int | str, ...]) -> str:
    model: Any = Settings
    for part in loc[:-1]:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return ""
        model = field.annotation
    names = list(getattr(model, "model_fields", {}))
    near = get_close_matches(str(loc[-1]), names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known keys: {', '.join(names)}"
