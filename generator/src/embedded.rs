//! Files of the repository that are a part of this program, so that it works wherever it is. `build.rs` finds them.

/// Files, each with its path in a folder, in the order of their paths.
pub(crate) type Files = &'static [(&'static str, &'static str)];

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Those of `files` that lie in a folder, each with its path in that one.
pub(crate) fn files_in(
    files: Files,
    folder: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    files.iter().filter_map(move |(path, text)| {
        let inside = path.strip_prefix(folder)?.strip_prefix('/')?;
        Some((inside, *text))
    })
}
