//! Keys of objects in a stack's buckets: what lies where, and how each key is made.
//!
//! | key | bucket | holds |
//! | --- | --- | --- |
//! | `plugins/<pipeline>.wasm` | artifacts | a plugin as it was uploaded |
//! | `components/<pipeline>/<sha256>.wasm` | artifacts | a component that was published |
//! | `compiled/<pipeline>/<engine>/<sha256>.cwasm` | artifacts | its machine code for one engine |
//! | `samples/<pipeline>/<slot>.ndjson` | artifacts | records of recent objects, to try plugins on |
//! | `lake/<pipeline>/<folders><stem>.parquet` | lake | records |
//! | `compacted/<pipeline>/<folders><generation>/<number>.parquet` | lake | the same records in fewer files |
//! | `rejects/<pipeline>/<stem>.ndjson` | lake | what was refused, and why |
//! | `results/<pipeline>/<stem>.ndjson` | lake | what an API answered for each row |
//! | `counts/<pipeline>/<stem>.json` | lake | what that adds up to |
//! | `queries/lake/…`, `queries/rejects/…` | lake | what Athena answered to whom |
//!
//! Whoever writes or reads such an object, grants it, lets it expire or removes it takes its key from here. Stems and
//! folders are made by the record path; what is in the objects is not known here.

use crate::Sha256;

/// What begins the keys of one kind of object. Every pipeline has a folder of its own under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Components that were published.
    Components,
    /// What they were compiled to.
    Compiled,
    /// Records of recent objects.
    Samples,
    /// Records as Parquet.
    Lake,
    /// The same records in fewer files.
    Compacted,
    /// What was refused.
    Rejects,
    /// What an API answered.
    Results,
    /// What its answers add up to.
    Counts,
}

impl Prefix {
    /// The start of all keys, of every pipeline. It ends in `/`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Prefix::Components => "components/",
            Prefix::Compiled => "compiled/",
            Prefix::Samples => "samples/",
            Prefix::Lake => "lake/",
            Prefix::Compacted => "compacted/",
            Prefix::Rejects => "rejects/",
            Prefix::Results => "results/",
            Prefix::Counts => "counts/",
        }
    }

    /// The start of the keys of one pipeline. It ends in `/`.
    pub fn of(self, pipeline: &str) -> String {
        format!("{}{pipeline}/", self.as_str())
    }

    /// The folder that all of them are in, where they are files.
    pub fn folder(self) -> &'static str {
        self.as_str().trim_end_matches('/')
    }

    /// Whether a key is one of these.
    pub fn holds(self, key: &str) -> bool {
        key.starts_with(self.as_str())
    }
}

/// Where Athena puts the results of queries, in a folder for each workgroup.
pub const QUERIES: &str = "queries/";

/// Where people upload a pipeline's plugin.
pub fn upload(pipeline: &str) -> String {
    format!("plugins/{pipeline}.wasm")
}

/// Where the component of this sha256 is kept.
pub fn component(pipeline: &str, sha256: Sha256) -> String {
    format!("{}{sha256}.wasm", Prefix::Components.of(pipeline))
}

/// Where the machine code of the component is kept that an engine understands.
pub fn compiled(pipeline: &str, engine: &str, sha256: Sha256) -> String {
    format!("{}{engine}/{sha256}.cwasm", Prefix::Compiled.of(pipeline))
}

/// Where one of a pipeline's files of samples is kept.
pub fn samples(pipeline: &str, slot: u8) -> String {
    format!("{}{slot}.ndjson", Prefix::Samples.of(pipeline))
}

/// A file of records. `folders` is empty or ends in `/`.
pub fn lake(pipeline: &str, folders: &str, stem: &str) -> String {
    format!("{}{folders}{stem}.parquet", Prefix::Lake.of(pipeline))
}

/// The place of a folder's records in fewer files. `folders` ends in `/`, and so does the place. A generation is of certain
/// files: when there are others, the next one is made.
pub fn generation(pipeline: &str, folders: &str, generation: &str) -> String {
    format!("{}{folders}{generation}/", Prefix::Compacted.of(pipeline))
}

/// One of these files.
pub fn compacted(pipeline: &str, folders: &str, of: &str, number: usize) -> String {
    format!("{}{number}.parquet", generation(pipeline, folders, of))
}

/// The file of what was refused of an object, or of a part of one.
pub fn rejects(pipeline: &str, stem: &str) -> String {
    format!("{}{stem}.ndjson", Prefix::Rejects.of(pipeline))
}

/// The file of what an API answered for each row of an object, or of a part of one.
pub fn results(pipeline: &str, stem: &str) -> String {
    format!("{}{stem}.ndjson", Prefix::Results.of(pipeline))
}

/// The file of what those answers add up to.
pub fn counts(pipeline: &str, stem: &str) -> String {
    format!("{}{stem}.json", Prefix::Counts.of(pipeline))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was stored under these keys must be found by every later version.
    #[test]
    fn keys_stay_as_they_are() {
        let digits = "5c1a".repeat(16);
        let sha256: Sha256 = digits.parse().expect("it has 64 digits");
        let component_key = format!("components/orders/{digits}.wasm");
        let compiled_key = format!("compiled/orders/48-x/{digits}.cwasm");
        for (key, expected) in [
            (upload("orders"), "plugins/orders.wasm"),
            (component("orders", sha256), component_key.as_str()),
            (compiled("orders", "48-x", sha256), compiled_key.as_str()),
            (samples("orders", 7), "samples/orders/7.ndjson"),
            (
                lake("orders", "day=1/", "ab"),
                "lake/orders/day=1/ab.parquet",
            ),
            (lake("orders", "", "ab"), "lake/orders/ab.parquet"),
            (
                compacted("orders", "day=1/", "5c", 2),
                "compacted/orders/day=1/5c/2.parquet",
            ),
            (rejects("orders", "ab"), "rejects/orders/ab.ndjson"),
            (results("orders", "ab"), "results/orders/ab.ndjson"),
            (counts("orders", "ab"), "counts/orders/ab.json"),
        ] {
            assert_eq!(key, expected);
        }
    }

    #[test]
    fn a_prefix_holds_its_own_keys_only() {
        let key = rejects("lake", "ab");
        assert!(Prefix::Rejects.holds(&key));
        assert!(!Prefix::Lake.holds(&key));
    }
}
