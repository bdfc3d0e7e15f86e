"""The data of the plugin contract, as in `wit/transform.wit`, with lists of numbers as bytes; see `sluice.stand_in`."""

from typing import TYPE_CHECKING

_NAMES = """Batch BytesColumn Column Descriptor Failure Field Finding Origin OutColumn OutColumn_Keep OutColumn_Replace
Output Severity Values Values_Booleans Values_Bytes Values_Floats Values_Integers""".split()

if TYPE_CHECKING:
    from .stand_in import *
else:
    try:
        from wit_world.imports import types as _types
    except ImportError:
        from . import stand_in as _types
    globals().update((name, getattr(_types, name)) for name in _NAMES)

__all__ = _NAMES
