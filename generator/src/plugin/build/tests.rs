#![allow(clippy::unwrap_used)]
use super::*;

fn check(files: &[(&str, &str)], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
    let out = folder.path().join("out.wasm");
    let error = build(&BuildArgs {
        plugin: folder.path().into(),
        out: Some(out.clone()),
    });
    let error = error.unwrap_err().to_string();
    let error = error.replace(&folder.path().display().to_string(), "DIR");
    let name = folder
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let error = error.replace(&name, "NAME");
    assert!(error.contains(expected), "{error}");
    assert!(!out.exists());
}

#[test]
fn every_mistake_has_its_message() {
    const HEAD: &str = "[workspace]\n[package]\nname = \"mine\"\nedition = \"2024\"\n";
    check(
        &[],
        "`DIR` is no plugin's folder: it holds none of `Cargo.toml`, `plugin.py`, `plugin.js`, `plugin.ts`, `plugin.c`; \
         make one with `gen plugin new",
    );
    check(
        &[("plugin.py", ""), ("plugin.c", "")],
        "`DIR` holds both `plugin.py` and `plugin.c`; give each plugin a folder of its own",
    );
    check(
        &[("Cargo.toml", "[package")],
        "`cargo metadata` failed in `DIR`:\nerror:",
    );
    check(
        &[("Cargo.toml", HEAD), ("src/lib.rs", "")],
        "makes no `cdylib`",
    );
    let cdylib = format!("{HEAD}[lib]\ncrate-type = [\"cdylib\"]\n");
    check(
        &[("Cargo.toml", &cdylib), ("src/lib.rs", "fn")],
        "plugin `mine` does not compile",
    );
    check(
        &[("Cargo.toml", &cdylib), ("src/lib.rs", "")],
        "and is not a plugin: ",
    );
}

#[test]
fn what_is_no_folder_is_a_core_module() {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("core.wasm");
    let build_it = |out: Option<PathBuf>| {
        build(&BuildArgs {
            plugin: module.clone(),
            out,
        })
        .unwrap_err()
        .to_string()
    };
    assert!(build_it(None).contains("; `gen plugin new core.wasm"));
    std::fs::write(&module, b"id,name\n").unwrap();
    assert!(build_it(None).contains("say with --out where the component goes"));
    let out = folder.path().join("out.wasm");
    assert!(build_it(Some(out.clone())).contains("is not a plugin"));
    std::fs::write(&module, wat::parse_str("(module)").unwrap()).unwrap();
    assert!(build_it(Some(out)).contains("`core` compiles, and is not a plugin: "));
}
