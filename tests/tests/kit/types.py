"""Columns of every type, for numbers reach a plugin in Python and leave it as bytes."""

from sluice import KEEP, Outcome, Row, boolean, date, float_, integer, plugin, text, timestamp

VALUE = text("value")
FLOAT = float_("float", made=True)
INTEGER = integer("integer", made=True)
BOOLEAN = boolean("boolean", made=True)
TIMESTAMP = timestamp("timestamp", made=True)
DATE = date("date", made=True)


@plugin("types", version="0.1.0", fields=[VALUE, FLOAT, INTEGER, BOOLEAN, TIMESTAMP, DATE])
def clean(row: Row, settings: None) -> Outcome:
    number = row.integer(VALUE)
    if number is not None:
        row.set(FLOAT, number / 2)
        row.set(INTEGER, number)
        row.set(BOOLEAN, number % 2 == 0)
        row.set(TIMESTAMP, number * 1_000_000)
        row.set(DATE, number)
    return KEEP
