"""What a plugin declares about its columns. A declaration is also the handle by which a row gets at its value."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

from . import contract

T = TypeVar("T")


class Field(Generic[T]):
    """One column that a plugin deals with: what it is called, and what it is when the plugin is done with it."""

    __slots__ = ("aliases", "index", "logical", "name", "nullable", "read", "written")

    index: int
    """Its place among the plugin's fields, once it is among them."""

    def __init__(
        self,
        name: str,
        logical: str,
        *,
        aliases: Iterable[str] = (),
        required: bool = False,
        made: bool = False,
        consumed: bool = False,
    ) -> None:
        """`logical` is its type as in the manifest. `aliases` are other names that files have for it; case, blanks,
        hyphens and underscores make no difference. `required`: never null in a row that is kept. `made`: made by the
        plugin, so that a column of that name in the input is not read. `consumed`: read, and not part of the output."""
        self.name = name
        self.logical = logical
        self.aliases = tuple(aliases)
        self.nullable = not required
        self.read = not made
        self.written = not consumed
        self.index = _Undeclared(name)  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<field {self.name}: {self.logical}>"

    @property
    def is_text(self) -> bool:
        """Whether its values are text on the way out."""
        return self.logical not in ("integer", "float", "boolean", "timestamp", "date")

    def describe(self) -> contract.Field:
        """As the contract has it."""
        return contract.Field(self.name, self.logical, self.nullable)


class _Undeclared:
    """The index of a field that is not among the plugin's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __index__(self) -> int:
        raise LookupError(f"field `{self.name}` is not among the plugin's `fields`")


def text(name: str, **options) -> Field[str]:
    """Text. A row in which it is not set keeps what came in. For the options see `Field`."""
    return Field(name, "text", **options)


def json(name: str, **options) -> Field[str]:
    """JSON text. A row in which it is not set keeps what came in."""
    return Field(name, "json", **options)


def decimal(name: str, precision: int, scale: int, **options) -> Field[str | Decimal]:
    """An exact number, set as text or `Decimal`. A row in which it is not set keeps what came in."""
    return Field(name, f"decimal({precision},{scale})", **options)


def integer(name: str, **options) -> Field[int]:
    """A whole number of 64 bits, null where it is not set."""
    return Field(name, "integer", **options)


def float_(name: str, **options) -> Field[float]:
    """A floating-point number, null where it is not set."""
    return Field(name, "float", **options)


def boolean(name: str, **options) -> Field[bool]:
    """True or false, null where it is not set."""
    return Field(name, "boolean", **options)


def timestamp(name: str, **options) -> Field[int | datetime.datetime]:
    """Microseconds since 1970-01-01T00:00:00Z or a `datetime`, which is UTC if it does not say; null where it is not
    set."""
    return Field(name, "timestamp", **options)


def date(name: str, **options) -> Field[int | datetime.date]:
    """Days since 1970-01-01 or a `date`, null where it is not set."""
    return Field(name, "date", **options)


def find_columns(fields: Sequence[Field], schema: Sequence[contract.Field]) -> list[int | None]:
    """Finds the column of `schema` for each of `fields`: by its exact name, then by a name that differs in case and
    punctuation, then by its aliases in order. No column serves two fields."""
    found: list[int | None] = [None] * len(fields)
    plain = [_plain_name(column.name) for column in schema]

    def look(matches: Callable[[Field, int], bool]) -> None:
        for at, field in enumerate(fields):
            if field.read and found[at] is None:
                free = (column for column in range(len(schema)) if column not in found and matches(field, column))
                found[at] = next(free, None)

    look(lambda field, column: schema[column].name == field.name)
    look(lambda field, column: plain[column] == _plain_name(field.name))
    for nth in range(max((len(field.aliases) for field in fields), default=0)):
        look(lambda field, column: nth < len(field.aliases) and plain[column] == _plain_name(field.aliases[nth]))
    return found


def _plain_name(name: str) -> str:
    """A column's name without what people write differently: letters and digits in lower case, nothing else. A name
    without either is what it is."""
    return "".join(character.lower() for character in name if character.isalnum()) or name
