//! Why there is no data. The first line of each message is the fact, and the second the remedy.

/// Why records of a pipeline cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// No text is long enough, short enough, matches the pattern and is one of the choices.
    #[error(
        "no value was found for field `{field}` that its own constraints allow\n\
         help: loosen its `pattern`, `min_length` or `max_length`"
    )]
    NoValue {
        /// The field.
        field: String,
    },
    /// The manifest names a kind, and its values are never allowed.
    #[error(
        "no value of the kind `{kind}` is one that field `{field}` allows\n\
         help: loosen the field's constraints, or choose another kind for `fake`"
    )]
    KindNeverFits {
        /// The field.
        field: String,
        /// The kind.
        kind: &'static str,
    },
    /// A key must differ in every row.
    #[error(
        "the key ({}) has only {values} distinct values for {rows} rows\n\
         help: ask for fewer rows with `--rows`, or loosen the constraints of a field of the key",
        in_backticks(fields)
    )]
    KeyTooSmall {
        /// The fields of the key.
        fields: Vec<String>,
        /// How many distinct values were found.
        values: u128,
        /// How many rows were asked for.
        rows: u64,
    },
    /// Where nothing is checked, nothing can be broken.
    #[error(
        "pipeline `{pipeline}` leaves no way to break a record: it has no key, and no field that may be wrong\n\
         help: leave out `--mess`, or give a field a constraint"
    )]
    NothingToBreak {
        /// The pipeline.
        pipeline: String,
    },
    /// The share of polluted rows is none.
    #[error(
        "`--mess` is out of range: got {share}, allowed 0 to 1\nhelp: `0.05` pollutes one row in twenty"
    )]
    NoShare {
        /// What was given.
        share: f64,
    },
    /// A rank names something that is not there.
    #[error(
        "`--dense-rank {field}={column}`: there is no field `{field}` in pipeline `{pipeline}`\nhelp: {help}"
    )]
    RankOfUnknown {
        /// The field that was asked for.
        field: String,
        /// The column that was to be added.
        column: String,
        /// The pipeline.
        pipeline: String,
        /// What was probably meant.
        help: String,
    },
    /// A rank has no place.
    #[error("`--dense-rank {field}={column}`: {fact}\nhelp: {help}")]
    RankMisplaced {
        /// The field that is ranked.
        field: String,
        /// The column that was to be added.
        column: String,
        /// Why it cannot be there.
        fact: String,
        /// What to do about it.
        help: &'static str,
    },
    /// A rank is greater than the declared field allows.
    #[error(
        "`--dense-rank {field}={column}`: ranks go from 1 to {ranks}, and field `{column}` does not allow all of them\n\
         help: loosen its `min`, `max` or `one_of`, or give the column another name"
    )]
    RankOutOfBounds {
        /// The field that is ranked.
        field: String,
        /// The declared field.
        column: String,
        /// The greatest rank.
        ranks: u64,
    },
    /// The result cannot be written.
    #[error("cannot write records: {0}")]
    Write(#[from] std::io::Error),
}

fn in_backticks(fields: &[String]) -> String {
    format!("`{}`", fields.join("`, `"))
}
