"""Runs one query in DuckDB: settings as JSON come in, rows go out."""

import csv
import json
import sys


def main():
    try:
        import duckdb
    except ModuleNotFoundError:
        return 3
    asked = json.load(sys.stdin)
    try:
        database = duckdb.connect(":memory:")
        for statement in asked["setup"]:
            database.execute(statement)
        answer = database.execute(asked["sql"])
        names = [column[0] for column in answer.description or []]
        rows = iter(answer.fetchone, None)
        OUTPUTS[asked["format"]](names, rows)
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def as_json(names, rows):
    separator = "["
    for row in rows:
        cells = (None if cell in NO_NUMBERS or cell != cell else cell for cell in row)
        print(separator, json.dumps(dict(zip(names, cells)), default=str), sep="", end="")
        separator = ",\n"
    print("[]" if separator == "[" else "]")


def as_csv(names, rows):
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(names)
    lines.writerows(["" if cell is None else cell for cell in row] for row in rows)


def as_text(names, rows):
    table = [names] + [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(names))]
    table.insert(1, ["-" * width for width in widths])
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def shown(cell):
    text = "" if cell is None else str(cell)
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


# JSON has no name for them.
NO_NUMBERS = (float("inf"), float("-inf"))

OUTPUTS = {"json": as_json, "csv": as_csv, "text": as_text}

sys.exit(main())
