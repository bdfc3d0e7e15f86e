"""The benchmark's cleaning in DuckDB. The third argument sets the threads. Timestamps are UTC without saying so."""

import sys

import duckdb

source, target, threads = sys.argv[1:4]

connection = duckdb.connect(config={"threads": int(threads), "preserve_insertion_order": False})
connection.execute(
    f"""
    copy (
        select * exclude (rating_text)
        from (
            select
                nullif(trim(id), '') as id,
                try_cast(replace(left(trim(submitted_at), 19), 'T', ' ') as timestamp) as submitted_at,
                nullif(trim(customer), '') as customer,
                lower(nullif(trim(email), '')) as email,
                lower(nullif(trim(channel), '')) as channel,
                upper(nullif(trim(country), '')) as country,
                nullif(trim(product), '') as product,
                nullif(replace(trim(rating), '/5', ''), '') as rating_text,
                try_cast(rating_text as bigint) as rating,
                regexp_replace(nullif(trim(comment), ''), '\\s{{2,}}|[^\\S ]', ' ', 'g') as comment
            from read_csv('{source}', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')
        )
        where id is not null
            and submitted_at is not null
            and customer is not null
            and channel in ('web', 'email', 'app', 'store', 'phone')
            and (rating_text is null or rating between 1 and 5)
    ) to '{target}' (format parquet, compression zstd, compression_level 1)
    """
)
