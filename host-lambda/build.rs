//! `bootstrap` is linked without symbols: what goes to Lambda is about half the size, and a panic names its file and
//! line all the same. Stripping in the profile would do so for every dependency.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    println!("cargo::rerun-if-changed=build.rs");
}
