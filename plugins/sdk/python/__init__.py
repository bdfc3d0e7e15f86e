"""Write a Sluice plugin as a Python function over one row.

    from sluice import KEEP, Outcome, Row, integer, plugin, text

    NAME = text("name", aliases=["full name"])
    LENGTH = integer("name_length", made=True)

    @plugin("shout", version="1.0.0", fields=[NAME, LENGTH])
    def clean(row: Row, settings: None) -> Outcome:
        name = row.text(NAME).strip()
        if not name:
            return row.reject(NAME, "no_name", "the record has no name")
        row.set(NAME, name.upper())
        row.set(LENGTH, len(name))
        return KEEP

`plugin` does the rest: it describes the plugin, finds the columns whatever a file calls them, hands untouched columns
back without a copy, and turns an exception into the reason that goes with the row. Whoever wants whole columns writes a
`ColumnPlugin`.

The package knows nothing about where rows come from or go to. It runs inside a component and in plain Python alike, so
that an editor, a debugger and a unit test see what they are used to.
"""

from . import columns, contract, log
from .ascii import BLANKS, lower
from .column_plugin import ColumnPlugin, export
from .config import Config, Failure
from .field import Field, boolean, date, decimal, float_, integer, json, text, timestamp
from .row import DROP, KEEP, Outcome, Row
from .row_plugin import plugin

__all__ = [
    "BLANKS", "DROP", "KEEP", "ColumnPlugin", "Config", "Failure", "Field", "Outcome", "Row", "boolean", "columns",
    "contract", "date", "decimal", "export", "float_", "integer", "json", "log", "lower", "plugin", "text", "timestamp",
]
