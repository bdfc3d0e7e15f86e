"""Numbers and truth values of text columns: what is not written by the rules is `None`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from .ascii import BLANKS

T = TypeVar("T")

_INTEGER = re.compile(r"\s*([+-]?[0-9]+)\s*", re.ASCII)
_MIN, _MAX = -(1 << 63), (1 << 63) - 1
_BOOLEANS = {"true": True, "false": False}


def parse_integers(texts: Sequence[str | None], plain: bool) -> list[int | None]:
    """Integers of 64 bits: an optional sign and ASCII digits, with blanks around. `plain`: the texts have nothing in
    them that only Python takes for a part of a number."""
    return _each(texts, _plain_integer if plain else _integer)


def parse_floats(texts: Sequence[str | None], plain: bool) -> list[float | None]:
    """Floating-point numbers: `1`, `-0.5`, `.5`, `1e-9`, with blanks around."""
    return _each(texts, _plain_float if plain else _float)


def parse_booleans(texts: Sequence[str | None]) -> list[bool | None]:
    """`true` and `false`, with blanks around."""
    return _each(texts, lambda text: _BOOLEANS.get(text.strip(BLANKS)))


def is_plain(data: bytes) -> bool:
    """Whether text has none of what Python takes for a part of a number, and nobody else does: `_`, digits of other
    scripts, and separators as blanks."""
    return data.isascii() and len(data.translate(None, b"_\x1c\x1d\x1e\x1f")) == len(data)


def _each(texts: Sequence[str | None], parse: Callable[[str], T | None]) -> list[T | None]:
    """Parses every text that there is once, because numbers repeat."""
    values = {text: parse(text) if text else None for text in set(texts)}
    return [values[text] for text in texts]


def _plain_integer(text: str) -> int | None:
    try:
        value = int(text)
    except ValueError:
        return None
    return value if _MIN <= value <= _MAX else None


def _integer(text: str) -> int | None:
    match = _INTEGER.fullmatch(text)
    return _plain_integer(match[1]) if match else None


def _plain_float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _float(text: str) -> float | None:
    return _plain_float(text) if is_plain(text.encode()) else None
