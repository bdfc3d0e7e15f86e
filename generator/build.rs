//! Makes the files a part of `gen` that it fills, writes or runs: the templates of stacks, the scaffolds of plugins and
//! their SDKs, the plugins that are ready to use. A file is in because it lies in its folder; nothing lists it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A constant of `src/embedded.rs`, the folder whose files are in it, and what in that folder is not: files and folders
/// by the last part of their paths.
const FOLDERS: [(&str, &str, &[&str]); 3] = [
    ("STACK_TEMPLATES", "templates/stack", &[]),
    ("PLUGIN_TEMPLATES", "templates/plugin", &[]),
    // An SDK's page and tests stay at home, and so does what its tests leave behind.
    (
        "SDKS",
        "plugins/sdk",
        &["README.md", "tests", "__pycache__", "node_modules"],
    ),
];

/// Components of plugins, in this package. `cargo xtask bless` builds them of their source, and `cargo xtask test` compares.
const COMPONENTS: &str = "components";

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize()?;
    let mut code = String::new();
    for (name, folder, left_out) in FOLDERS {
        let folder = root.join(folder);
        let mut files = Vec::new();
        collect(&folder, left_out, &mut files)?;
        files.sort();
        code += &format!("pub(crate) const {name}: Files = &[\n");
        // Cargo looks at all that is in a folder, and what tests leave behind is no reason to compile again. A new file of an
        // SDK is seen when one of the others names it.
        if left_out.is_empty() {
            println!("cargo::rerun-if-changed={}", folder.display());
        }
        for file in files {
            println!("cargo::rerun-if-changed={}", file.display());
            let inside = file.strip_prefix(&folder).unwrap_or(&file);
            let inside = inside.to_string_lossy().replace('\\', "/");
            writeln!(code, "    ({inside:?}, include_str!({file:?})),")
                .map_err(io::Error::other)?;
        }
        code += "];\n";
    }
    code += &components(&Path::new(env!("CARGO_MANIFEST_DIR")).join(COMPONENTS))?;
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from);
    let out = out.ok_or_else(|| io::Error::other("cargo gives no OUT_DIR"))?;
    fs::write(out.join("embedded.rs"), code)
}

/// The constant that has the components, each with its plugin's name.
fn components(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    collect(folder, &[], &mut files)?;
    files.sort();
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut code = "pub(crate) const COMPONENTS: &[(&str, &[u8])] = &[\n".to_owned();
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.replace('_', "-");
        writeln!(code, "    ({name:?}, include_bytes!({file:?})),").map_err(io::Error::other)?;
    }
    Ok(code + "];\n")
}

/// The files of a folder and of those in it.
fn collect(folder: &Path, left_out: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        if name.starts_with('.') || left_out.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, left_out, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
