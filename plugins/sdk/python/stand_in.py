"""The records of the plugin contract for plain Python, where there is no component around: for editors, type checkers
and unit tests. Inside a component the classes that are generated from `wit/transform.wit` take their places.

Lists of numbers are bytes, little-endian, because a number at a time costs fifty times as much on its way into Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass
class BytesColumn:
    """Texts, one after the other. Value `i` is `data[offsets[i]:offsets[i + 1]]`."""

    offsets: bytes
    """`rows + 1` unsigned numbers of 32 bits."""
    data: bytes
    """UTF-8."""


@dataclass
class Values_Bytes:
    """Logical types `text`, `decimal(p,s)` and `json`; and any type as text that is still to be parsed."""

    value: BytesColumn


@dataclass
class Values_Integers:
    """Logical types `integer`, `timestamp` (microseconds) and `date` (days): signed numbers of 64 bits."""

    value: bytes


@dataclass
class Values_Floats:
    """Logical type `float`: 64 bits each."""

    value: bytes


@dataclass
class Values_Booleans:
    """Logical type `boolean`: 0 or 1, a byte each."""

    value: bytes


Values = Values_Bytes | Values_Integers | Values_Floats | Values_Booleans


@dataclass
class Column:
    """One column of a batch."""

    values: Values
    validity: bytes
    """An Arrow bitmap: bit `i % 8` of byte `i // 8` is 1 where row `i` has a value. Empty where no row is null."""


@dataclass
class Field:
    """Name and type of a column."""

    name: str
    logical: str
    nullable: bool


@dataclass
class Batch:
    """Rows, as columns in the order of the schema."""

    rows: int
    columns: list[Column]


@dataclass
class Origin:
    """Where a batch comes from."""

    pipeline: str
    source: str
    first_row: int
    received_at: int
    """Microseconds since 1970-01-01T00:00:00Z."""


@dataclass
class OutColumn_Keep:
    """Column `value` of the input, which is not copied."""

    value: int


@dataclass
class OutColumn_Replace:
    """A new column."""

    value: Column


OutColumn = OutColumn_Keep | OutColumn_Replace


class Severity(Enum):
    """How serious a finding or a log line is."""

    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass
class Finding:
    """What a plugin says about a row of the input, and a column of the output."""

    row: int
    column: int | None
    severity: Severity
    code: str
    message: str


@dataclass
class Output:
    """What became of a batch."""

    rows: int
    columns: list[OutColumn]
    source_rows: bytes | None
    """The input row of every output row: unsigned numbers of 32 bits. `None` where they are the same."""
    rejected: bytes
    """Input rows to reject, ascending: unsigned numbers of 32 bits."""
    findings: list[Finding]


@dataclass
class Descriptor:
    """What a plugin says about itself."""

    name: str
    version: str
    inputs: list[Field]
    outputs: list[Field]
    config_schema: str


@dataclass
class Failure:
    """Why a whole call failed."""

    code: str
    message: str
