"""Customers of a file of CSV, as JSON would have them."""

import csv


def records(file):
    with open(file, newline="", encoding="utf-8") as text:
        for row in csv.DictReader(text):
            record = {name: value or None for name, value in row.items()}
            record["newsletter"] = record["newsletter"] == "true"
            yield record
