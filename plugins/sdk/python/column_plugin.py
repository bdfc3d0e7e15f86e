"""The contract as a class over whole columns: what `plugin` builds on, and the way out for a plugin that does better
than row by row."""

from __future__ import annotations

from typing import TypeVar

from . import contract
from .config import Config


class ColumnPlugin:
    """A plugin over whole columns, to inherit from and to decorate with `export`."""

    def describe(self) -> contract.Descriptor:
        """Describes the plugin."""
        raise NotImplementedError

    def configure(self, schema: list[contract.Field], config: Config) -> list[contract.Field]:
        """Prepares for rows of this schema, and says which columns it will return."""
        raise NotImplementedError

    def transform(self, batch: contract.Batch, origin: contract.Origin) -> contract.Output:
        """Cleans a batch. The host rejects the rows that make it fail, and checks all that it returns."""
        raise NotImplementedError


P = TypeVar("P", bound=ColumnPlugin)

_exported: list[ColumnPlugin] = []


def export(plugin: type[P]) -> type[P]:
    """Makes a class the plugin of this component."""
    add(plugin())
    return plugin


def add(plugin: ColumnPlugin) -> None:
    """Notes a plugin of this component."""
    _exported.append(plugin)


def exported() -> ColumnPlugin:
    """The plugin of this component."""
    if len(_exported) != 1:
        raise TypeError(f"`plugin.py` makes {len(_exported)} plugins, and has to make one, with `@plugin` or `@export`")
    return _exported[0]
