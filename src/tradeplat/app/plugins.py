"""Parts are found by name, built-in or plug-in alike, and built from their own signatures."""

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Container, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from importlib.metadata import entry_points
from math import isnan, nan
from typing import Any

from tradeplat.core.errors import BadInput

PACKAGES = {
    "strategy": "tradeplat.strategies",
    "scanner": "tradeplat.scanners",
    "stream": "tradeplat.streams",
    "broker": "tradeplat.execution.brokers",
    "sizing": "tradeplat.risk.sizing",
    "rules": "tradeplat.risk.rules",
}
"""Kind of part -> the package whose modules are built-ins; `<package tail>` is the entry group."""

ALIASES = {"massive": "polygon"}
"""Vendors that changed their name (design.md 4.4)."""


def find(kind: str, name: str) -> type[Any]:
    """The class that `use = name` means for `kind`: an entry point, else the module of that name.

    A module offers a part by listing exactly one class in `__all__`. Raises BadInput with the
    nearest known name.
    """
    package = PACKAGES[kind]
    name = ALIASES.get(name, name)
    group = f"tradeplat.{package.rpartition('.')[2]}"
    for entry in entry_points(group=group, name=name):
        loaded = entry.load()
        if not inspect.isclass(loaded):
            raise BadInput(f"{kind} {name}: entry point {entry.value} is not a class")
        return loaded
    if name.isidentifier():
        found = _module_class(f"{package}.{name}")
        if found is not None:
            return found
    known = names(kind)
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    raise BadInput(f"{kind} {name!r} is unknown; {hint}")


def names(kind: str) -> list[str]:
    """Every name `find` would take, sorted."""
    package = PACKAGES[kind]
    group = f"tradeplat.{package.rpartition('.')[2]}"
    found = {entry.name for entry in entry_points(group=group)}
    home = importlib.import_module(package)
    for module in pkgutil.iter_modules(home.__path__):
        if _module_class(f"{package}.{module.name}") is not None:
            found.add(module.name)
    return sorted(found)


def indicators() -> dict[str, Callable[[], Any]]:
    """What plug-ins offer charts to draw (group `tradeplat.indicators`), by the name listed: what
    makes one (indicators.registry.Indicator). BadInput for one that is none.
    """
    found: dict[str, Callable[[], Any]] = {}
    for entry in entry_points(group="tradeplat.indicators"):
        made = entry.load()
        if not callable(made) or not hasattr(made, "PLOTS"):
            raise BadInput(
                f"indicator {entry.name}: {entry.value} has no PLOTS; expected a class as in"
                " tradeplat.indicators.registry"
            )
        found[entry.name] = made
    return found


def build(
    kind: str, name: str, options: Mapping[str, Any], services: Mapping[str, Any] | None = None
) -> Any:
    """An instance of the part, its arguments taken from `options`, then from `services` by name.

    `options` are the user's and are checked against the annotations; `services` are the
    platform's own collaborators, which a user can not set. Raises BadInput naming the key.
    """
    return maker(kind, name, options, services)()


def maker(
    kind: str, name: str, options: Mapping[str, Any], services: Mapping[str, Any] | None = None
) -> Callable[[], Any]:
    """Makes instances as `build` does, looked up and checked once: for parts made while trading."""
    made = find(kind, name)
    offered = services or {}
    arguments = check(kind, name, options, offered)
    takes = inspect.signature(made).parameters
    arguments.update({key: service for key, service in offered.items() if key in takes})

    def make() -> Any:
        try:
            return made(**arguments)
        except ValueError as error:
            raise BadInput(f"{kind} {name}: {error}") from None

    return make


def takes(kind: str, name: str) -> tuple[str, ...]:
    """The names of the arguments that the part's constructor takes."""
    return tuple(inspect.signature(find(kind, name)).parameters)


def check(
    kind: str, name: str, options: Mapping[str, Any], offered: Container[str] = ()
) -> dict[str, Any]:
    """`options` as the part's constructor takes them, if with the services `offered` it could be
    built; nothing is. Raises BadInput naming the key.
    """
    made = find(kind, name)
    signature = inspect.signature(made)
    hints = typing.get_type_hints(made.__init__)
    settable = [key for key in signature.parameters if key not in offered]
    for key in options:
        if key not in settable:
            near = get_close_matches(key, settable, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"it takes: {', '.join(settable)}"
            raise BadInput(f"{kind} {name}: unknown key {key!r}; {hint}")
    for key in settable:
        if key not in options and signature.parameters[key].default is inspect.Parameter.empty:
            raise BadInput(f"{kind} {name}: {_absent(key, hints.get(key, Any))}")
    return {
        key: _checked(f"{kind} {name}: {key}", options[key], hints.get(key, Any)) for key in options
    }


def _absent(key: str, hint: Any) -> str:
    plain = (str, int, float, bool, tuple, list, Sequence)
    if hint in plain or typing.get_origin(hint) in (*plain, typing.Union, types.UnionType):
        return f"key {key!r} is missing"
    return f"needs a {key}, which there is none of in this kind of run"


def _module_class(path: str) -> type[Any] | None:
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        return None
    offered = [getattr(module, name) for name in getattr(module, "__all__", ())]
    classes = [item for item in offered if inspect.isclass(item)]
    return classes[0] if len(offered) == len(classes) == 1 else None


def _checked(where: str, value: Any, hint: Any) -> Any:
    """`value` if it fits `hint`; whole numbers pass as floats, lists as tuples."""
    if hint is Any or hint is inspect.Parameter.empty:
        return value
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _any_of(where, value, hint)
    if origin in (tuple, list, Sequence):
        return _all_of(where, value, hint)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(where, value)
    if inspect.isclass(hint) and issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            known = ", ".join(str(item.value) for item in hint)
            raise BadInput(f"{where}: found {value!r}, expected one of: {known}") from None
    expected = hint if inspect.isclass(hint) else object
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        name = getattr(hint, "__name__", str(hint))
        raise BadInput(f"{where}: found {value!r}, expected {name}")
    return value


def _number(where: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = nan
    if isnan(number):
        raise BadInput(f"{where}: found {value!r}, expected a number")
    return number


def _all_of(where: str, value: Any, hint: Any) -> Any:
    """A list or tuple whose every item fits; a text is no list of its letters."""
    if not isinstance(value, list | tuple):
        raise BadInput(f"{where}: found {value!r}, expected a list")
    origin, inner = typing.get_origin(hint), typing.get_args(hint) or (Any,)
    if origin is tuple and inner[-1] is not Ellipsis:
        if len(value) != len(inner):
            raise BadInput(f"{where}: found {value!r}, expected a list of {len(inner)}")
    else:
        inner = (inner[0],) * len(value)
    kept = [_checked(where, item, one) for item, one in zip(value, inner, strict=True)]
    return kept if origin is list else tuple(kept)


def _any_of(where: str, value: Any, hint: Any) -> Any:
    for option in typing.get_args(hint):
        if option is type(None):
            if value is None:
                return None
            continue
        try:
            return _checked(where, value, option)
        except BadInput:
            continue
    raise BadInput(f"{where}: found {value!r}, expected {hint}")
