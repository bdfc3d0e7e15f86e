"""The benchmark's cleaning as a loop over csv's rows, one record at a time, written by pyarrow in batches."""

import csv
import re
import sys
from datetime import datetime, timezone

import pyarrow as pa
import pyarrow.parquet as pq

CHANNELS = {"web", "email", "app", "store", "phone"}
WHITE_SPACE = re.compile(r"\s{2,}|[^\S ]")
BATCH_ROWS = 16_384
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("submitted_at", pa.timestamp("us", tz="UTC")),
        ("customer", pa.string()),
        ("email", pa.string()),
        ("channel", pa.string()),
        ("country", pa.string()),
        ("product", pa.string()),
        ("rating", pa.int64()),
        ("comment", pa.string()),
    ]
)


def clean(row):
    """The cleaned row, or None where it is to be rejected."""
    for name, value in row.items():
        row[name] = value.strip() or None
    if not (row["id"] and row["customer"] and row["submitted_at"] and row["channel"]):
        return None
    try:
        row["submitted_at"] = datetime.fromisoformat(row["submitted_at"][:19]).replace(tzinfo=timezone.utc)
        if row["rating"]:
            row["rating"] = int(row["rating"].removesuffix("/5"))
            if not 1 <= row["rating"] <= 5:
                return None
    except ValueError:
        return None
    row["channel"] = row["channel"].lower()
    if row["channel"] not in CHANNELS:
        return None
    if row["email"]:
        row["email"] = row["email"].lower()
    if row["country"]:
        row["country"] = row["country"].upper()
    if row["comment"]:
        row["comment"] = WHITE_SPACE.sub(" ", row["comment"])
    return row


def columns(rows):
    """Cleaned rows as Arrow columns."""
    return pa.record_batch([pa.array([row[field.name] for row in rows], field.type) for field in SCHEMA], schema=SCHEMA)


source, target = sys.argv[1:3]
with (
    open(source, newline="", encoding="utf-8") as lines,
    pq.ParquetWriter(target, SCHEMA, compression="zstd", compression_level=1) as writer,
):
    batch = []
    for row in csv.DictReader(lines):
        if (cleaned := clean(row)) is not None:
            batch.append(cleaned)
        if len(batch) == BATCH_ROWS:
            writer.write_batch(columns(batch))
            batch.clear()
    if batch:
        writer.write_batch(columns(batch))
