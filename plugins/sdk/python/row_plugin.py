"""Runs a function over the rows of a batch: the bridge from `@plugin` to `ColumnPlugin`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from . import contract
from .column_plugin import ColumnPlugin, add
from .columns import number_list
from .config import Config, Failure
from .contract import Batch, Column, Descriptor, Origin, OutColumn, OutColumn_Keep, Output, Values_Bytes
from .field import Field, find_columns
from .outputs import WrongValue, check, finish
from .row import KEEP, Outcome, Row

S = TypeVar("S")
Clean = Callable[[Row, Any], Outcome]


def no_settings(config: Config) -> None:
    """The settings of a plugin that has none."""
    config.allow()


def plugin(
    name: str,
    *,
    version: str,
    fields: Sequence[Field],
    settings: Callable[[Config], S] = no_settings,  # type: ignore[assignment]
) -> Callable[[Callable[[Row, S], Outcome]], Callable[[Row, S], Outcome]]:
    """Makes the decorated function the plugin: `clean(row, settings)` is called for every row. `fields` are the columns
    that it deals with; others go through untouched. `settings` makes what `clean` gets of the configuration, once; it may
    have an attribute `schema`, a JSON schema of that configuration."""

    def decorate(clean: Callable[[Row, S], Outcome]) -> Callable[[Row, S], Outcome]:
        add(RowPlugin(name, version, fields, clean, settings))
        return clean

    return decorate


class RowPlugin(ColumnPlugin):
    """A plugin over rows."""

    def __init__(
        self,
        name: str,
        version: str,
        fields: Sequence[Field],
        clean: Clean,
        settings: Callable[[Config], Any] = no_settings,
    ) -> None:
        self.name = name
        self.version = version
        self.fields = tuple(fields)
        self.clean = clean
        self.make_settings = settings
        schema = getattr(settings, "schema", None)
        self.schema = json.dumps(schema) if schema else ""
        for index, field in enumerate(self.fields):
            field.index = index

    def describe(self) -> Descriptor:
        inputs = [field.describe() for field in self.fields if field.read]
        outputs = [field.describe() for field in self.fields if field.written]
        return Descriptor(self.name, self.version, inputs, outputs, self.schema)

    def configure(self, schema: list[contract.Field], config: Config) -> list[contract.Field]:
        self.settings = self.make_settings(config)
        # By field: the input column, and the output column.
        self.columns = find_columns(self.fields, schema)
        self.positions: list[int | None] = []
        outputs: list[contract.Field] = []
        for field in self.fields:
            self.positions.append(len(outputs) if field.written else None)
            if field.written:
                outputs.append(field.describe())
        # Input columns that go through untouched, behind the fields.
        self.passed: list[OutColumn] = []
        for index, column in enumerate(schema):
            if index not in self.columns and all(output.name != column.name for output in outputs):
                self.passed.append(OutColumn_Keep(index))
                outputs.append(column)
        return outputs

    def transform(self, batch: Batch, origin: Origin) -> Output:
        inputs = self._inputs(batch)
        try:
            return self._transform(batch, Row(self.fields, inputs, self.positions, origin))
        except WrongValue:
            # Once more, so that the exception comes from the line that sets the value.
            self._transform(batch, _Checked(self.fields, inputs, self.positions, origin))
            raise

    def _transform(self, batch: Batch, row: Row) -> Output:
        clean, settings, keep = self.clean, self.settings, KEEP
        for at in range(batch.rows):
            row._at = at
            outcome = clean(row, settings)
            if outcome is not keep:
                row._settle(outcome)
            elif row._refused == at:
                row._settle(outcome)
            elif row._origins is None:
                row._to = at + 1
            else:
                row._origins.append(at)
                row._to += 1
        fields = [(field, index) for field, index in zip(self.fields, self.columns) if field.written]
        origins = row._origins
        return Output(
            row._to,
            [finish(row, field, index) for field, index in fields] + self.passed,
            None if origins is None else number_list("I", origins),
            number_list("I", row._rejected),
            row._findings,
        )

    def _inputs(self, batch: Batch) -> list[Column | None]:
        """The column of each field."""
        inputs = [None if index is None else batch.columns[index] for index in self.columns]
        for field, column in zip(self.fields, inputs):
            if column is not None and field.is_text and type(column.values) is not Values_Bytes:
                reason = f"column `{field.name}` is declared as text, and comes in as numbers"
                raise Failure("not_text", reason)
        return inputs


class _Checked(Row):
    """A row that looks at each value when it is set, which takes longer."""

    __slots__ = ()

    def set(self, field: Field, value: object) -> None:
        if isinstance(field, Field):
            check(field, value)
        super().set(field, value)
