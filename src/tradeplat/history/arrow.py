"""The one door to pyarrow, opened when a file is read and never at import: it is heavy."""

from importlib import import_module
from types import ModuleType


def arrow(part: str = "") -> ModuleType:
    """The library, or its submodule `part` (`csv`, `compute`)."""
    return import_module(f"pyarrow.{part}" if part else "pyarrow")
