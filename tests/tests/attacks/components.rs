//! Components that are small and take a compiler much.

use std::{fs, io::Write as _, process::Stdio};

use sluice_tests::generator;
use tempfile::tempdir;

use crate::bounded::{done, r#gen, gen_within, said};

/// The program that compiles within this process's bounds; a refusal needs far less.
const BOUND: u64 = 400;

/// An unsigned number in WebAssembly's encoding.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    [&[id], leb128(contents.len()).as_slice(), contents].concat()
}

/// A module of functions without parameters, each with one of these bodies.
fn module(bodies: &[Vec<u8>]) -> Vec<u8> {
    let count = leb128(bodies.len());
    let functions = [count.clone(), vec![0; bodies.len()]].concat();
    let bodies = bodies
        .iter()
        .map(|body| [leb128(body.len()), body.clone()].concat());
    let code = [count, bodies.collect::<Vec<_>>().concat()].concat();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, b"\x01\x60\0\0"),
        section(3, &functions),
        section(10, &code),
    ]
    .concat()
}

/// So many locals of 32 bits, and loops within each other.
fn knot(locals: usize, loops: usize) -> Vec<u8> {
    [
        vec![1],
        leb128(locals),
        vec![0x7f],
        [3, 0x40].repeat(loops),
        vec![0x0b; loops + 1],
    ]
    .concat()
}

/// A plugin that is right in every way, with one more module in it.
fn plugin_with(module: &[u8], folder: &std::path::Path) {
    let export = ["plugin", "export", "tidy", "--out", "tidy.wasm"];
    done(r#gen(folder).args(export));
    let plugin = fs::read(folder.join("tidy.wasm")).expect("it was exported");
    let bomb = [plugin, section(1, module)].concat();
    fs::write(folder.join("bomb.wasm"), bomb).expect("there is room");
}

fn check(module: &[u8], expected: &str) {
    let folder = tempdir().expect("there is room");
    plugin_with(module, folder.path());
    let mut command = gen_within(BOUND, folder.path());
    let output = command
        .args(["plugin", "check", "bomb.wasm"])
        .output()
        .expect("the shell is there");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(expected), "{said}");
}

#[test]
fn locals_and_loops_are_counted_before_anything_is_compiled() {
    check(
        &module(&[knot(4_000, 1_000)]),
        "4004000 locals times blocks in one function",
    );
    check(&module(&[knot(5_001, 1)]), "5001 locals in one function");
    check(&module(&[knot(1, 2_000)]), "2000 blocks within each other");
    check(
        &module(&vec![knot(900, 1_000); 20]),
        "locals times blocks in all functions",
    );
}

#[test]
fn functions_are_counted_before_anything_is_compiled() {
    check(
        &module(&vec![vec![0, 0x0b]; 900_000]),
        "functions, limit 100000",
    );
}

/// What no count tells, the process that compiles is held to.
#[test]
fn a_compiler_dies_alone() {
    let folder = tempdir().expect("there is room");
    plugin_with(&module(&[knot(1, 1)]), folder.path());
    for (memory_mb, seconds) in [("100", "600"), ("3000", "0")] {
        let mut compiler = std::process::Command::new(generator().expect("it is built"))
            .args(["compile-plugin", "unmetered", memory_mb, seconds])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let component = fs::read(folder.path().join("bomb.wasm")).expect("it was written");
        // It may be dead before it has read everything.
        let _ = compiler
            .stdin
            .take()
            .map(|mut input| input.write_all(&component));
        let output = compiler.wait_with_output().expect("it ends");
        assert!(!output.status.success(), "{memory_mb} MB, {seconds} s");
        assert!(output.stdout.is_empty());
    }
}
