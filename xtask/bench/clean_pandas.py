"""The benchmark's cleaning in pandas, with pyarrow to read, hold and write the columns, which is its fastest way.

The third argument sets pyarrow's threads; pandas itself has one.
"""

import sys

import pandas as pd
import pyarrow as pa
from pyarrow import csv

source, target, threads = sys.argv[1:4]
pa.set_cpu_count(int(threads))

with open(source, "rb") as file:
    names = file.readline().decode().rstrip().split(",")
frame = csv.read_csv(
    source,
    parse_options=csv.ParseOptions(newlines_in_values=True),
    convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
).to_pandas(types_mapper=pd.ArrowDtype)
for name in frame.columns:
    frame[name] = frame[name].str.strip()
    frame[name] = frame[name].mask(frame[name] == "")
frame["email"] = frame["email"].str.lower()
frame["channel"] = frame["channel"].str.lower()
frame["country"] = frame["country"].str.upper()
frame["comment"] = frame["comment"].str.replace(r"\s{2,}|[^\S ]", " ", regex=True)
frame["submitted_at"] = pd.to_datetime(
    frame["submitted_at"].str.slice(0, 19).str.replace("T", " "), format="%Y-%m-%d %H:%M:%S", utc=True, errors="coerce"
).astype("timestamp[us, tz=UTC][pyarrow]")
rating = pd.to_numeric(frame["rating"].str.removesuffix("/5"), errors="coerce").astype("int64[pyarrow]")
rating_is_good = frame["rating"].isna() | rating.between(1, 5)
frame["rating"] = rating
good = (
    frame["id"].notna()
    & frame["submitted_at"].notna()
    & frame["customer"].notna()
    & frame["channel"].isin(["web", "email", "app", "store", "phone"])
    & rating_is_good
)
frame[good].to_parquet(target, engine="pyarrow", compression="zstd", compression_level=1, index=False)
