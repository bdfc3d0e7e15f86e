"""Numbers about a cleaned Parquet file that are equal only where all values are, whatever the order of the rows."""

import json
import sys

import duckdb

row = duckdb.execute(
    """
    select
        count(*),
        sum(rating),
        min(epoch_us(submitted_at)),
        max(epoch_us(submitted_at)),
        count(distinct channel),
        sum(length(comment)),
        sum(hash(
            id, epoch_us(submitted_at), customer, email, channel, country, product, rating::bigint, comment
        )::hugeint)::varchar
    from read_parquet(?)
    """,
    [sys.argv[1]],
).fetchone()
rows, rating_sum, first, last, channels, comment_characters, content = row
print(
    json.dumps(
        {
            "rows": rows,
            "rating_sum": int(rating_sum),
            "submitted_at": [first, last],
            "channels": channels,
            "comment_characters": int(comment_characters),
            "content": content,
        }
    )
)
