"""The output columns of a batch, once all of its rows are done: of what the rows set, and of what came in elsewhere.

A column is built at once, as plain lists. Only where that fails are its values looked at one by one, to take what can be
taken (a `datetime`, a `Decimal`) and to say which of them is wrong.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Sequence
from typing import Any

from . import columns
from .contract import Column, OutColumn, OutColumn_Keep, OutColumn_Replace
from .field import Field
from .row import NOTHING as _NULLS
from .row import Row, all_texts

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_WRONG = (LookupError, OverflowError, TypeError, ValueError)
_MICROSECOND = datetime.timedelta(microseconds=1)


class WrongValue(TypeError):
    """A value that is not of its field's type."""


def finish(row: Row, field: Field, index: int | None) -> OutColumn:
    """The output column of a field, whose input column is number `index`."""
    changes, rows = row._changes[field.index], row._to
    before: Sequence = _NULLS
    if field.is_text and index is not None:
        if not changes:
            return OutColumn_Keep(index)
        before = all_texts(row, field.index)
    origins: Sequence[int] = range(rows) if row._origins is None else row._origins
    if len(changes) == rows:
        # Every row is there, in order: only the last one can take something back and set it again.
        values = list(changes.values())
    else:
        values = [before[origin] for origin in origins]
        for at, value in changes.items():
            values[at] = value
    if before is not _NULLS and all(value == before[origin] for value, origin in zip(values, origins)):
        return OutColumn_Keep(index)
    return OutColumn_Replace(_column(field, values))


def _column(field: Field, values: list) -> Column:
    build, convert, kind = _kind(field)
    try:
        return build(values)
    except _WRONG:
        return build([None if value is None else _converted(field, value, convert, kind) for value in values])


def check(field: Field, value: object) -> None:
    """Raises a `WrongValue` unless the value is of the field's type."""
    _, convert, kind = _kind(field)
    if value is not None:
        _converted(field, value, convert, kind)


def _kind(field: Field) -> tuple[Callable[[Sequence], Column], Callable[[Any], Any], str]:
    return _KINDS.get(field.logical, _DECIMAL if field.logical.startswith("decimal") else _TEXT)


def _converted(field: Field, value: object, convert: Callable[[Any], Any], kind: str) -> Any:
    try:
        return convert(value)
    except _WRONG:
        if isinstance(value, str) and kind in (_TEXT[2], _DECIMAL[2]):
            raise WrongValue(f"field `{field.name}` is set to text that is not Unicode: it has a lone surrogate") from None
        raise WrongValue(f"field `{field.name}` is set to a value of type {type(value).__name__}, not to {kind}") from None


def _text(value: Any) -> str:
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if not isinstance(value, str):
        raise TypeError
    value.encode()
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or not -(1 << 63) <= value < 1 << 63:
        raise TypeError
    return value


def _float(value: Any) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _timestamp(value: Any) -> int:
    if isinstance(value, datetime.datetime):
        utc = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return (utc - _EPOCH) // _MICROSECOND
    return _integer(value)


def _date(value: Any) -> int:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.toordinal() - _EPOCH.toordinal()
    return _integer(value)


_TEXT = (columns.text_column, _text, "text")
_DECIMAL = (columns.text_column, _text, "text or a Decimal")
_KINDS: dict[str, tuple[Callable[[Sequence], Column], Callable[[Any], Any], str]] = {
    "integer": (columns.integer_column, _integer, "a whole number of 64 bits"),
    "float": (columns.float_column, _float, "a number"),
    "boolean": (columns.boolean_column, _boolean, "true or false"),
    "timestamp": (columns.integer_column, _timestamp, "microseconds or a datetime"),
    "date": (columns.integer_column, _date, "days or a date"),
}
