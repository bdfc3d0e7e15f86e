"""Runs a plugin on a few rows in plain Python, without WebAssembly, for unit tests and debuggers.

    from sluice.testing import run
    import plugin

    cleaned = run(config={}, rows=[{"id": "1", "email": "ada@example.com"}])
    assert cleaned.rows == [{"id": "1", "email": "a***@example.com", "score": None, "domain": "example.com"}]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import columns, contract
from .column_plugin import ColumnPlugin, exported
from .config import Config

ORIGIN = contract.Origin("test", "test.csv", 0, 1_780_315_200_000_000)
"""Where the rows come from: an object that arrived on 2026-06-01 at noon, UTC."""


@dataclass
class Cleaned:
    """What a plugin made of the rows of a test."""

    rows: list[dict[str, Any]]
    """The output rows, without those of rejected ones."""
    sources: list[int]
    """The input row of each of them."""
    rejected: list[int]
    """The rejected input rows."""
    findings: list[tuple[int, str, str | None, str, str]]
    """Input row, severity, column, code, message."""
    kept: list[str]
    """The columns that came back untouched."""


def run(
    rows: list[dict[str, str | None]],
    config: dict[str, str] | None = None,
    plugin: ColumnPlugin | None = None,
    names: list[str] | None = None,
    origin: contract.Origin = ORIGIN,
) -> Cleaned:
    """Cleans rows of text, each by the names of its columns, with the plugin that was imported. Raises `Failure` where
    the plugin refuses the configuration."""
    plugin = plugin or exported()
    names = names or list(dict.fromkeys(name for row in rows for name in row))
    schema = [contract.Field(name, "text", True) for name in names]
    inputs = [columns.text_column([row.get(name) for row in rows]) for name in names]
    fields = plugin.configure(schema, Config(list((config or {}).items())))
    output = plugin.transform(contract.Batch(len(rows), inputs), origin)
    same = output.source_rows is None
    sources = list(range(output.rows)) if same else columns.numbers("I", output.source_rows)
    rejected = columns.numbers("I", output.rejected)
    values = {}
    for field, column in zip(fields, output.columns, strict=True):
        if isinstance(column, contract.OutColumn_Keep):
            came_in = _values(inputs[column.value])
            values[field.name] = [came_in[source] for source in sources]
        else:
            values[field.name] = _values(column.value)
    read = [row for row in range(output.rows) if sources[row] not in rejected]
    return Cleaned(
        [{name: column[row] for name, column in values.items()} for row in read],
        [sources[row] for row in read],
        rejected,
        [(f.row, f.severity.name.lower(), None if f.column is None else fields[f.column].name, f.code, f.message)
         for f in output.findings],
        [f.name for f, column in zip(fields, output.columns) if isinstance(column, contract.OutColumn_Keep)],
    )


def _values(column: contract.Column) -> list:
    read = {
        contract.Values_Bytes: columns.texts,
        contract.Values_Integers: columns.integers,
        contract.Values_Floats: columns.floats,
        contract.Values_Booleans: columns.booleans,
    }
    return read[type(column.values)](column)
