//! Which files a lake has of an object, whatever its version: so that those of an older version can leave it.
//!
//! The partition key is of the object's name. One item says which of its versions is in the lake; for each part of a
//! version, one or more say which files there are, or may be: they are written before the files are.

use super::path::{Text, attributes};

attributes! {
    /// The version.
    VERSION: Text = "version";
    /// Sorts as the versions of an object arrived.
    ARRIVED: Text = "arrived";
    /// The folders of its files, with line breaks between them; each is empty or ends in `/`.
    FOLDERS: Text = "folders";
    /// What the files in them are called, without their ending.
    STEM: Text = "stem";
    /// The attempt that noted them: of a later one, files may come that are not removed yet.
    ATTEMPT: Text = "attempt";
}

/// The partition key of an object's name.
pub fn partition_key(uri: &str) -> String {
    format!("name#{uri}")
}

/// The sort key of the item that says which version is in the lake.
pub fn newest(pipeline: &str) -> String {
    format!("newest#{pipeline}")
}

/// What the sort keys of all files of a pipeline begin with.
pub fn all_files(pipeline: &str) -> String {
    format!("files#{pipeline}#")
}

/// The sort key of some of the files of a part, whose stem no other part has.
pub fn files(pipeline: &str, stem: &str, some: usize) -> String {
    format!("{}{stem}#{some}", all_files(pipeline))
}

/// What sorts as versions arrived: by the time, then by S3's own order.
pub fn arrived(received_at: i64, sequencer: &str, version: &str) -> String {
    format!("{:020}#{sequencer}#{version}", received_at.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        assert_eq!(partition_key("s3://raw/a.csv"), "name#s3://raw/a.csv");
        assert_eq!(newest("orders"), "newest#orders");
        assert_eq!(files("orders", "5c1a", 0), "files#orders#5c1a#0");
        assert_eq!(arrived(12, "0A", "v"), "00000000000000000012#0A#v");
    }
}
