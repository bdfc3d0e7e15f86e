"""Whole columns to lists and back: `texts(column)` of what came in, `text_column(values)` of what goes out. Everything
here works on a column at once, in as few steps as possible that Python has to interpret a value at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TypeVar

from .contract import (
    BytesColumn,
    Column,
    Values_Booleans,
    Values_Bytes,
    Values_Floats,
    Values_Integers,
)

T = TypeVar("T")

_BITS = {None: 0, False: 0, True: 1}


def texts(column: Column) -> list[str | None]:
    """The values of a text column; `None` where it is null."""
    if type(column.values) is not Values_Bytes:
        raise TypeError("the column is no text")
    offsets = numbers("I", column.values.value.offsets)
    data = column.values.value.data
    # A character a byte, which is right for ASCII.
    text = data.decode("latin-1")
    values = [text[start:end] for start, end in pairwise(offsets)]
    if not data.isascii():
        values = [value if value.isascii() else value.encode("latin-1").decode() for value in values]
    return with_nulls(values, column.validity)


def integers(column: Column) -> list[int | None]:
    """The values of a column of integers, timestamps (microseconds) or dates (days); `None` where it is null."""
    if type(column.values) is not Values_Integers:
        raise TypeError("the column has no integers")
    return with_nulls(numbers("q", column.values.value), column.validity)


def floats(column: Column) -> list[float | None]:
    """The values of a column of floats; `None` where it is null."""
    if type(column.values) is not Values_Floats:
        raise TypeError("the column has no floats")
    return with_nulls(numbers("d", column.values.value), column.validity)


def booleans(column: Column) -> list[bool | None]:
    """The values of a column of booleans; `None` where it is null."""
    if type(column.values) is not Values_Booleans:
        raise TypeError("the column has no booleans")
    return with_nulls(list(map(bool, column.values.value)), column.validity)


def text_column(values: Sequence[str | None]) -> Column:
    """A text column."""
    validity = b""
    try:
        joined = "".join(values)  # type: ignore[arg-type]
    except TypeError:
        validity = validity_of(values)
        values = ["" if value is None else value for value in values]
        joined = "".join(values)
    data = joined.encode()
    lengths: Iterable[int] = map(len, values)  # type: ignore[arg-type]
    if len(data) != len(joined):
        lengths = [len(value if value.isascii() else value.encode()) for value in values]  # type: ignore[union-attr]
    offsets = list(accumulate(lengths, initial=0))
    return Column(Values_Bytes(BytesColumn(number_list("I", offsets), data)), validity)


def integer_column(values: Sequence[int | None]) -> Column:
    """A column of integers, timestamps (microseconds) or dates (days)."""
    data, validity = _number_column("q", values)
    return Column(Values_Integers(data), validity)


def float_column(values: Sequence[float | None]) -> Column:
    """A column of floats."""
    data, validity = _number_column("d", values)
    return Column(Values_Floats(data), validity)


def boolean_column(values: Sequence[bool | None]) -> Column:
    """A column of booleans."""
    validity = validity_of(values) if None in values else b""
    return Column(Values_Booleans(bytes([_BITS[value] for value in values])), validity)


def numbers(kind: str, data: bytes) -> list:
    """The numbers of a list of the contract: `I` for 32 bits without a sign, `q` for 64 bits, `d` for floats."""
    return memoryview(data).cast(kind).tolist()


def number_list(kind: str, values: Iterable) -> bytes:
    """The same the other way round."""
    return array(kind, values).tobytes()


def with_nulls(values: list[T], validity: bytes) -> list[T | None]:
    """The values, with `None` where the bitmap says so."""
    if not validity:
        return values  # type: ignore[return-value]
    # A character a row, the first one last.
    bits = f"{int.from_bytes(validity, 'little'):0{len(values)}b}"
    last = len(bits) - 1
    at = bits.rfind("0", last - len(values) + 1)
    while at >= 0:
        values[last - at] = None  # type: ignore[call-overload]
        at = bits.rfind("0", last - len(values) + 1, at)
    return values  # type: ignore[return-value]


def validity_of(values: Sequence[object]) -> bytes:
    """The bitmap of values of which some are `None`."""
    bits = bytes([48 if value is None else 49 for value in values])
    return int(bits[::-1] or b"0", 2).to_bytes((len(values) + 7) // 8, "little")


def _number_column(kind: str, values: Sequence) -> tuple[bytes, bytes]:
    try:
        return number_list(kind, values), b""
    except TypeError:
        return number_list(kind, [0 if value is None else value for value in values]), validity_of(values)
