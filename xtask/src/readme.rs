//! README.md as a test: its commands run, and what it says that they print is what they print.
//!
//! A block that opens with `sh test` is run by bash, in a folder that looks like the repository and is thrown away;
//! programs that it needs and that may be missing follow `test`. A `text` block right after it is what it must print, to standard output and standard error together. In expected text
//! `…` stands for anything in a line, and a line that is `…` alone for any number of lines.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    program::{finished_programs, program, repository},
    venv::Venv,
};

/// What the commands make for themselves.
const MADE_HERE: [&str; 4] = ["out", "demo-out", "bench-out", "target"];
const WILDCARD: &str = "…";

/// Commands and what they print.
#[derive(Debug, PartialEq)]
struct Block {
    /// The line of README.md where the commands begin, from 1.
    line: usize,
    /// Programs without which it is skipped.
    needs: Vec<String>,
    commands: String,
    expected: Option<String>,
}

/// Runs every block, in order, in one folder.
pub(crate) fn check(venv: &Venv) -> Result<()> {
    let root = repository();
    let text = fs::read_to_string(root.join("README.md")).context("cannot read `README.md`")?;
    let blocks = blocks(&text);
    ensure!(
        !blocks.is_empty(),
        "README.md has no block that opens with ```sh test"
    );
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    mirror(&root, folder.path())?;
    let path = search_path([finished_programs()?, venv.programs()])?;
    for block in &blocks {
        eprintln!(
            "README.md:{}: {}",
            block.line,
            block.commands.lines().next().unwrap_or_default()
        );
        if let Some(missing) = block.needs.iter().find(|name| !is_there(name, &path)) {
            eprintln!("  skipped, for there is no {missing} here");
            continue;
        }
        let mut bash = program("bash");
        bash.current_dir(folder.path()).env("PATH", &path);
        run_block(&mut bash, block).with_context(|| format!("README.md:{}", block.line))?;
    }
    Ok(())
}

fn run_block(bash: &mut Command, block: &Block) -> Result<()> {
    let script = format!("exec 2>&1\nset -euo pipefail\n{}", block.commands);
    let output = bash
        .arg("-c")
        .arg(script)
        .output()
        .context("cannot start bash")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "the commands ended with {} and printed:\n{printed}",
        output.status
    );
    match &block.expected {
        Some(expected) => compare(expected, &printed),
        None => Ok(()),
    }
}

/// A folder with links to everything in the repository but what the commands make themselves.
fn mirror(root: &Path, folder: &Path) -> Result<()> {
    for entry in fs::read_dir(root).with_context(|| format!("cannot read `{}`", root.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let hidden = name.to_string_lossy().starts_with('.');
        if !hidden && !MADE_HERE.iter().any(|made| name == *made) {
            symlink(entry.path(), folder.join(&name)).context("cannot link to the repository")?;
        }
    }
    fs::create_dir(folder.join("out")).context("cannot make a temporary folder")
}

fn search_path(first: [PathBuf; 2]) -> Result<OsString> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(first.into_iter().chain(env::split_paths(&inherited)))
        .context("a folder's name holds a colon")
}

fn is_there(name: &str, path: &OsStr) -> bool {
    env::split_paths(path).any(|folder| folder.join(name).is_file())
}

/// The blocks to run.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = text.lines().enumerate();
    // Whether nothing but blank lines came since the last block of commands.
    let mut directly_after = false;
    while let Some((index, line)) = lines.next() {
        let Some(opening) = line.strip_prefix("```") else {
            directly_after &= line.trim().is_empty();
            continue;
        };
        let mut content = String::new();
        for (_, line) in lines
            .by_ref()
            .take_while(|(_, line)| !line.starts_with("```"))
        {
            content.push_str(line);
            content.push('\n');
        }
        match opening {
            _ if opening.starts_with("sh test") => {
                let needs = opening.split_whitespace().skip(2);
                blocks.push(Block {
                    line: index + 2,
                    needs: needs.map(str::to_owned).collect(),
                    commands: content,
                    expected: None,
                });
                directly_after = true;
            }
            "text" if directly_after => {
                blocks
                    .last_mut()
                    .expect("a block came directly before")
                    .expected = Some(content);
                directly_after = false;
            }
            _ => directly_after = false,
        }
    }
    blocks
}

/// Compares what is printed with what is expected, wildcards considered.
fn compare(expected: &str, printed: &str) -> Result<()> {
    let mut rest: Vec<&str> = printed.lines().map(str::trim_end).collect();
    rest.reverse();
    let mut anything_before = false;
    for line in expected.lines().map(str::trim_end) {
        if line == WILDCARD {
            anything_before = true;
            continue;
        }
        loop {
            match rest.pop() {
                Some(candidate) if line_matches(line, candidate) => break,
                Some(_) if anything_before => {}
                _ => bail!("expected the line\n{line}\nin what was printed:\n{printed}"),
            }
        }
        anything_before = false;
    }
    ensure!(
        anything_before || rest.is_empty(),
        "printed more than expected:\n{printed}"
    );
    Ok(())
}

/// Whether a line has the parts around the wildcards, in order, from its start to its end.
fn line_matches(pattern: &str, line: &str) -> bool {
    let Some((first, others)) = pattern.split_once(WILDCARD) else {
        return pattern == line;
    };
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = others.split(WILDCARD).collect();
    let (last, middle) = parts
        .split_last()
        .expect("splitting gives one part at least");
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_commands_and_what_they_print() {
        let text = "# Title\n```sh test sqlite3\ngen check\n```\n\n```text\nfine\n```\n```sh\nnot run\n```\nand\n```text\nother\n```\n";
        let expected = Block {
            line: 3,
            needs: vec!["sqlite3".to_owned()],
            commands: "gen check\n".to_owned(),
            expected: Some("fine\n".to_owned()),
        };
        assert_eq!(blocks(text), [expected]);
    }

    #[track_caller]
    fn check(expected: &str, printed: &str, same: bool) {
        assert_eq!(compare(expected, printed).is_ok(), same);
    }

    #[test]
    fn compares_with_wildcards() {
        check("a\nb\n", "a  \nb\n", true);
        check("a\n", "a\nb\n", false);
        check("a\n…\n", "a\nb\n", true);
        check("a\n…\nd\n", "a\nb\nc\nd\n", true);
        check("…\nz\n", "a\nb\n", false);
        check("read … rows in … s\n", "read 12 rows in 0.3 s\n", true);
        check("read … rows\n", "read 12 lines\n", false);
    }
}
