//! What is plainly no text, by its first bytes: other programs' files under a name that promises records.

/// How many bytes are looked at: those that tell a tar archive.
pub(super) const HEAD_BYTES: usize = 512;

/// The first bytes of files that are no records, and what to call these. Those that text might begin with are in
/// [`foreign`].
const MAGIC: &[(&[u8], &str)] = &[
    (b"PK\x05\x06", ZIP),
    (b"PK\x07\x08", ZIP),
    (b"\x1f\x8b", "compressed more than three times"),
    (b"\x28\xb5\x2f\xfd", "compressed more than three times"),
    (b"BZh91AY&SY", "compressed by bzip2: use gzip or Zstandard"),
    (b"\xfd7zXZ\0", "compressed by xz: use gzip or Zstandard"),
    (
        b"\x04\x22\x4d\x18",
        "compressed by LZ4: use gzip or Zstandard",
    ),
    (
        b"\xff\x06\0\0sNaPpY",
        "compressed by Snappy: use gzip or Zstandard",
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "a 7-Zip archive: upload the files in it",
    ),
    (b"Rar!\x1a\x07", "a RAR archive: upload the files in it"),
    (b"PAR1\x15", PARQUET),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\0", "a SQLite database"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel or Word file: save it as CSV",
    ),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<?xml", PAGE),
];

const PARQUET: &str = "a Parquet file: give it a name that ends in `.parquet`";

const WORKBOOK: &str = "an Excel workbook: give it a name that ends in `.xlsx`";

const ZIP: &str = "a ZIP archive: upload the files in it";

const PAGE: &str = "HTML or XML, as the error page of a server is";

/// Where a tar archive says what it is.
const TAR_MAGIC_AT: usize = 257;

/// What the object is, if its first bytes say that it holds no records.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"PK\x03\x04") {
        let is_workbook = [&b"[Content_Types].xml"[..], b"xl/"]
            .iter()
            .any(|name| head.get(30..).is_some_and(|names| names.starts_with(name)));
        return Some(if is_workbook { WORKBOOK } else { ZIP });
    }
    let tar = head.get(TAR_MAGIC_AT..).unwrap_or_default();
    if tar.starts_with(b"ustar") && head[..TAR_MAGIC_AT].contains(&0) {
        return Some("a tar archive: upload the files in it");
    }
    // Its name is one of a column, too.
    if head.starts_with(b"ORC") && head.contains(&0) {
        return Some("an ORC file");
    }
    if ["<!doctype html", "<html"]
        .iter()
        .any(|start| starts_with_ignoring_case(head, start))
    {
        return Some(PAGE);
    }
    let known = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    known.map(|(_, what)| *what)
}

fn starts_with_ignoring_case(head: &[u8], start: &str) -> bool {
    head.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &[u8], expected: Option<&str>) {
        assert_eq!(foreign(head), expected);
    }

    #[test]
    fn other_programs_files_are_told() {
        check(b"PK\x03\x04\x14\0 a.csv", Some(ZIP));
        let mut workbook = b"PK\x03\x04".to_vec();
        workbook.resize(30, 0);
        workbook.extend(b"[Content_Types].xml");
        check(&workbook, Some(WORKBOOK));
        let mut tar = b"data.csv".to_vec();
        tar.resize(TAR_MAGIC_AT, 0);
        tar.extend(b"ustar\0");
        check(&tar, Some("a tar archive: upload the files in it"));
        check(b"PAR1\x15\x04", Some(PARQUET));
        check(b"ORC\0\x01", Some("an ORC file"));
        check(b"<!DOCTYPE HTML>", Some(PAGE));
        check(b"%PDF-1.7", Some("a PDF document"));
    }

    #[test]
    fn columns_may_be_called_as_files_begin() {
        check(b"PAR1,PAR2\n1,2\n", None);
        check(b"PAR1\n1\n", None);
        check(b"ORC,a\n", None);
        check(b"ORCID,name\n", None);
        check(b"PK,name\n", None);
        check(b"Obj,name\n", None);
        check(b"BZh,name\n", None);
        check(b"7z,name\n", None);
        check(b"", None);
        let mut text = b"a,b\n".repeat(64);
        text.extend(b"xustar,b\n");
        check(&text, None);
    }
}
