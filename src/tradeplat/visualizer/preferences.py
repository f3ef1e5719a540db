"""What a person prefers of the windows, as the file `windows.toml` has it. Pure."""

import tomllib
from typing import Annotated, Literal

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.keys import BY_NAME
from tradeplat.visualizer.palette import DEFAULT, TEAL_RED, Palette

FILE = "windows.toml"
PALETTES = {"default": DEFAULT, "teal-red": TEAL_RED}
DENSITIES = ("compact", "normal", "roomy")
SIZES = (10, 18)
"""The smallest and the largest letters, in points."""


class Sounding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is heard as well as seen."""

    fill: bool = False
    reject: bool = False
    disconnect: bool = False


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Colours, letters and room are those of the next start; all else holds at once.

    Keys of `load_only` (actions that open) fill the order entry, and Enter sends.
    """

    palette: Literal["default", "teal-red"] = "default"
    font_size: Annotated[int, msgspec.Meta(ge=SIZES[0], le=SIZES[1])] = 12
    density: Literal["compact", "normal", "roomy"] = "normal"
    load_only: frozenset[str] = frozenset()
    sounds: Sounding = Sounding()

    @property
    def colours(self) -> Palette:
        """The palette itself."""
        return PALETTES[self.palette]


def read(text: str, place: str = FILE) -> Preferences:
    """The preferences of a file; BadInput names what is wrong in it."""
    try:
        told = msgspec.convert(tomllib.loads(text), Preferences)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput(f"{place}: {error}") from None
    for name in sorted(told.load_only):
        if name not in BY_NAME or not BY_NAME[name].opens:
            opening = ", ".join(one.name for one in BY_NAME.values() if one.opens)
            raise BadInput(f"{place}: load_only: found {name!r}, expected some of {opening}")
    return told


def written(wanted: Preferences) -> str:
    """The file of these preferences."""
    names = ", ".join(f'"{name}"' for name in BY_NAME if name in wanted.load_only)
    sounds = msgspec.structs.asdict(wanted.sounds).items()
    lines = [
        f'palette = "{wanted.palette}"  # {" or ".join(PALETTES)}; from the next start on',
        f"font_size = {wanted.font_size}  # {SIZES[0]} to {SIZES[1]}; from the next start on",
        f'density = "{wanted.density}"  # {", ".join(DENSITIES)}; from the next start on',
        f"load_only = [{names}]  # opening keys that fill the order entry alone",
        "",
        "[sounds]",
        *(f"{name} = {str(on).lower()}" for name, on in sounds),
    ]
    return "\n".join(lines) + "\n"
