//! A real plugin: `plugins/evil`, built with `gen` as its author would.

use std::{path::PathBuf, process::Command, sync::OnceLock};

/// The component. Each mark gives one of its own, with a hash of its own, that does the same.
pub(super) fn evil(mark: char) -> Vec<u8> {
    describing_itself(&format!("honest.{mark}"))
}

/// The component that describes itself as it is told to.
pub(super) fn describing_itself(word: &str) -> Vec<u8> {
    const HONEST: &[u8; 32] = b"evil-describes-itself=honest....";
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    let mut component = BUILT.get_or_init(build).clone();
    let at = (0..component.len() - HONEST.len())
        .find(|at| component[*at..].starts_with(HONEST))
        .expect("the component has a description to choose");
    let told = format!("evil-describes-itself={word:.<10}");
    component[at..at + HONEST.len()].copy_from_slice(told.as_bytes());
    component
}

fn build() -> Vec<u8> {
    // Where `cargo xtask test` says, or beside this test.
    let programs = std::env::var_os("SLUICE_PROGRAMS").map_or_else(
        || {
            let test = std::env::current_exe().unwrap();
            test.ancestors().nth(2).unwrap().to_owned()
        },
        PathBuf::from,
    );
    let program = programs.join("gen");
    assert!(
        program.exists(),
        "`{}` is not there; build it with `cargo build --release --workspace --all-targets`",
        program.display()
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("evil.wasm");
    let status = Command::new(program)
        .args(["plugin", "build", "plugins/evil", "--out"])
        .arg(&file)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()
        .unwrap();
    assert!(status.success(), "`plugins/evil` does not build");
    std::fs::read(file).unwrap()
}
