//! What a hostile file, name or component may cost, each with its bound: memory, what is written, what is shown and what is
//! run. The programs are those that users have.
//!
//! A bound on memory is one on address space, which the system itself keeps: a program that wants more dies, and the test
//! fails. Nothing here rests on how fast the machine is.

mod bounded;
mod components;
mod leaks;
mod memory;
mod names;
mod tools;
