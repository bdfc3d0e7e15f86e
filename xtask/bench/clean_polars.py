"""The benchmark's cleaning in Polars' streaming engine. POLARS_MAX_THREADS sets the threads."""

import sys

import polars as pl

CHANNELS = ["web", "email", "app", "store", "phone"]
# Everything but a single blank, which is quicker than `\s+`.
WHITE_SPACE = r"\s{2,}|[^\S ]"

source, target = sys.argv[1:3]


def text(name):
    """A trimmed text that is null where nothing is left of it."""
    value = pl.col(name).str.strip_chars()
    return pl.when(value != "").then(value)


submitted_at = pl.col("submitted_at").str.strip_chars().str.head(19).str.replace("T", " ", literal=True)
rating = text("rating").str.strip_suffix("/5")

cleaned = (
    pl.scan_csv(source, infer_schema=False)
    .with_columns(
        id=text("id"),
        submitted_at=submitted_at.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", time_zone="UTC", strict=False),
        customer=text("customer"),
        email=text("email").str.to_lowercase(),
        channel=text("channel").str.to_lowercase(),
        country=text("country").str.to_uppercase(),
        product=text("product"),
        rating=rating.cast(pl.Int64, strict=False),
        comment=text("comment").str.replace_all(WHITE_SPACE, " "),
        rating_is_good=rating.is_null() | rating.cast(pl.Int64, strict=False).is_between(1, 5).fill_null(False),
    )
    .filter(
        pl.col("id").is_not_null()
        & pl.col("submitted_at").is_not_null()
        & pl.col("customer").is_not_null()
        & pl.col("channel").is_in(CHANNELS)
        & pl.col("rating_is_good")
    )
    .drop("rating_is_good")
)
cleaned.sink_parquet(target, compression="zstd", compression_level=1, engine="streaming")
