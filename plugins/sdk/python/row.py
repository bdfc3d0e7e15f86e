"""One row, as the author of a plugin sees it: getters read what came in, `set` says what goes out.

There is one `Row` for all rows of a batch. A column is unpacked as a whole when the first row reads it. What a row sets
is noted by the number of its output row, so that a column in which nothing is noted goes back as it came.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

from . import columns
from .contract import Column, Finding, Origin, Severity, Values_Booleans, Values_Bytes, Values_Floats, Values_Integers
from .field import Field
from .parse import is_plain, parse_booleans, parse_floats, parse_integers

T = TypeVar("T")


class Outcome(Enum):
    """What becomes of a row."""

    KEEP = 0
    """It goes on, as it stands now."""
    DROP = 1
    """It does not, and that is in order; rows that were emitted before go on."""
    REJECT = 2
    """It goes to the rejects, with its findings; see `Row.reject`. Rows emitted before are taken back."""


KEEP = Outcome.KEEP
DROP = Outcome.DROP


class Row:
    """A row. Getters always give what came in, also after `set`."""

    __slots__ = (
        "_at", "_booleans", "_changes", "_columns", "_fields", "_findings", "_floats", "_integers",
        "_origin", "_origins", "_positions", "_refused", "_rejected", "_texts", "_to",
    )

    def __init__(
        self, fields: Sequence[Field], inputs: Sequence[Column | None], positions: Sequence[int | None], origin: Origin
    ) -> None:
        self._fields = fields
        self._columns = inputs
        self._positions = positions
        self._origin = origin
        self._texts = self._unread(_read_texts)
        self._integers = self._unread(_read_integers)
        self._floats = self._unread(_read_floats)
        self._booleans = self._unread(_read_booleans)
        # By field: the values that were set, by output row.
        self._changes: list[Any] = [{} if field.written else _NotWritten(field) for field in fields]
        self._findings: list[Finding] = []
        self._rejected: list[int] = []
        # The last of them.
        self._refused = -1
        # The input row of every output row, once they differ.
        self._origins: list[int] | None = None
        # The row of the batch, and the output row that it is to be.
        self._at = self._to = 0

    def text(self, field: Field) -> str:
        """The text of a column; empty where it is null, missing, or no text."""
        try:
            return self._texts[field.index][self._at] or ""
        except (AttributeError, TypeError):
            raise _no_field(field) from None

    def get(self, field: Field) -> str | None:
        """The text of a column; `None` where it is null, missing, or no text."""
        try:
            return self._texts[field.index][self._at]
        except (AttributeError, TypeError):
            raise _no_field(field) from None

    def integer(self, field: Field) -> int | None:
        """The integer, timestamp (microseconds) or date (days) of a column, parsed if it is text."""
        try:
            return self._integers[field.index][self._at]
        except (AttributeError, TypeError):
            raise _no_field(field) from None

    def float(self, field: Field) -> builtins.float | None:
        """The float of a column, parsed if it is text."""
        try:
            return self._floats[field.index][self._at]
        except (AttributeError, TypeError):
            raise _no_field(field) from None

    def boolean(self, field: Field) -> bool | None:
        """The boolean of a column, parsed if it is the text `true` or `false`."""
        try:
            return self._booleans[field.index][self._at]
        except (AttributeError, TypeError):
            raise _no_field(field) from None

    def has(self, field: Field) -> bool:
        """Whether the object has this column at all."""
        return self._columns[field.index] is not None

    @property
    def number(self) -> int:
        """The row's number in its object, counted from 0."""
        return self._origin.first_row + self._at

    @property
    def received_at(self) -> int:
        """When the object arrived: microseconds since 1970-01-01T00:00:00Z. A retry sees the same value."""
        return self._origin.received_at

    @property
    def source(self) -> str:
        """The object, as `s3://bucket/key` or a file's path."""
        return self._origin.source

    def set(self, field: Field[T], value: T | None) -> None:
        """Sets a value of the field's type, or a null. It is checked at the end of the batch."""
        try:
            self._changes[field.index][self._to] = value
        except (AttributeError, TypeError):
            raise _no_field(field) from None

    def reset(self, field: Field) -> None:
        """Takes back what the row set a column to."""
        self._changes[field.index].pop(self._to, None)

    def info(self, field: Field | None, code: str, message: str) -> None:
        """Notes something good to know. Messages must not hold personal data; codes are short and stable."""
        self._note(Severity.INFO, field, code, message)

    def warn(self, field: Field | None, code: str, message: str) -> None:
        """Notes something suspicious. The row is stored all the same."""
        self._note(Severity.WARNING, field, code, message)

    def reject(self, field: Field | None, code: str, message: str) -> Outcome:
        """Rejects the row for a reason: `return row.reject(ID, "no_id", "the record has no id")`. `None` stands for a
        reason that is not about one column. The row is rejected whatever is returned then."""
        self._note(Severity.ERROR, field, code, message)
        self._refuse()
        return Outcome.REJECT

    def emit(self) -> None:
        """Adds the row as it stands now to the output, and starts over with the row as it came in. To make several rows
        of one: set, emit, set, emit, and return `DROP`."""
        self._diverge().append(self._at)
        self._to += 1

    def _note(self, severity: Severity, field: Field | None, code: str, message: str) -> None:
        column = None if field is None else self._positions[field.index]
        self._findings.append(Finding(self._at, column, severity, code, message))

    def _refuse(self) -> None:
        if self._refused != self._at:
            self._refused = self._at
            self._rejected.append(self._at)

    def _settle(self, outcome: Outcome) -> None:
        """Does what the author decided, where that is not to keep the row."""
        if outcome is Outcome.REJECT or self._refused == self._at:
            self._refuse()
            self._discard()
            while self._origins and self._origins[-1] == self._at:
                self._origins.pop()
                self._to -= 1
                self._discard()
            if self._origins is None:
                # It is an output row too, which nobody reads.
                self._to += 1
        elif outcome is DROP:
            self._discard()
            self._diverge()
        else:
            raise TypeError(f"a row's outcome is {outcome!r}; return KEEP, DROP or row.reject(…)")

    def _diverge(self) -> list[int]:
        """From here on, output rows are not input rows in order."""
        if self._origins is None:
            # Rejected rows were output rows up to now.
            rejected = set(self._rejected)
            self._origins = [row for row in range(self._to) if row not in rejected]
            if rejected:
                renumbered = {row: at for at, row in enumerate([*self._origins, self._to])}
                for changes in self._changes:
                    for row in list(changes):
                        value = changes.pop(row)
                        if row in renumbered:
                            changes[renumbered[row]] = value
            self._to = len(self._origins)
        return self._origins

    def _discard(self) -> None:
        """Takes back what the row set."""
        for changes in self._changes:
            changes.pop(self._to, None)

    def _unread(self, read: Callable[[Row, int], Sequence]) -> list[Any]:
        views: list[Any] = []
        for index, column in enumerate(self._columns):
            views.append(NOTHING if column is None else _Unread(self, views, index, read))
        return views


def _no_field(field: object) -> BaseException | None:
    """What is wrong where something else stands for a field; the exception that is there already where nothing does."""
    if isinstance(field, Field):
        return sys.exc_info()[1]
    return TypeError(f"{field!r} is no field; declare one, as `NAME = text(\"name\")`, and say `NAME`")


class _Unread:
    """Stands where the values of a column are going to be. The first one who asks for a value puts them there."""

    __slots__ = ("index", "read", "row", "views")

    def __init__(self, row: Row, views: list, index: int, read: Callable[[Row, int], Sequence]) -> None:
        self.row = row
        self.views = views
        self.index = index
        self.read = read

    def __getitem__(self, at: int) -> Any:
        return self.all()[at]

    def all(self) -> Sequence:
        """All values."""
        self.views[self.index] = values = self.read(self.row, self.index)
        return values


class _Nothing:
    """The values of a column that is not there."""

    __slots__ = ()

    def __getitem__(self, at: int) -> None:
        return None


NOTHING = _Nothing()


class _NotWritten(dict):
    """Stands where the changes of a field would be that is not part of the output."""

    __slots__ = ("field",)

    def __init__(self, field: Field) -> None:
        self.field = field

    def __setitem__(self, row: int, value: object) -> None:
        raise TypeError(f"field `{self.field.name}` is set, and is declared as not part of the output")


def all_texts(row: Row, index: int) -> Sequence[str | None]:
    """The texts of all rows of a column that is there."""
    texts = row._texts[index]
    return texts.all() if type(texts) is _Unread else texts


def _read_texts(row: Row, index: int) -> Sequence:
    column = _column(row, index)
    return columns.texts(column) if type(column.values) is Values_Bytes else NOTHING


def _read_integers(row: Row, index: int) -> Sequence:
    column = _column(row, index)
    if type(column.values) is Values_Bytes:
        return parse_integers(all_texts(row, index), is_plain(column.values.value.data))
    return columns.integers(column) if type(column.values) is Values_Integers else NOTHING


def _read_floats(row: Row, index: int) -> Sequence:
    column = _column(row, index)
    if type(column.values) is Values_Bytes:
        return parse_floats(all_texts(row, index), is_plain(column.values.value.data))
    return columns.floats(column) if type(column.values) is Values_Floats else NOTHING


def _read_booleans(row: Row, index: int) -> Sequence:
    column = _column(row, index)
    if type(column.values) is Values_Bytes:
        return parse_booleans(all_texts(row, index))
    return columns.booleans(column) if type(column.values) is Values_Booleans else NOTHING


def _column(row: Row, index: int) -> Column:
    column = row._columns[index]
    assert column is not None, "only columns that are there are read"
    return column
