//! What kind of file a plugin is, and whether it is made for this contract: told before it is compiled or run, each
//! mistake in a sentence of its own.

use wasmtime::Engine;
use wasmtime::component::Component;

use super::error::PluginError;
use super::log_tap::cut;
use crate::shown::in_one_line;

/// The newest contract that this host knows, as in `wit/transform.wit`: major, minor and patch version. A plugin may be
/// built for any minor version of the same major one up to it.
pub const CONTRACT: (u64, u64, u64) = (1, 0, 0);
/// The interface that a plugin exports, without its version.
const EXPORT: &str = "sluice:transform/plugin";
/// The package that it may import from.
const PACKAGE: &str = "sluice:transform/";

/// Tells a whole component from anything else by its bytes.
pub(super) fn check_file(bytes: &[u8]) -> Result<(), PluginError> {
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(PluginError::Compiled);
    }
    match bytes {
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(PluginError::CoreModule),
        [0, b'a', b's', b'm', _, _, 1, 0, sections @ ..] => check_sections(sections),
        [0, b'a', b's', b'm', ..] if bytes.len() < 8 => Err(PluginError::Truncated {
            offset: 0,
            wanted: 8,
            found: bytes.len(),
        }),
        _ => Err(PluginError::NotWasm { bytes: bytes.len() }),
    }
}

/// Walks the sections (an id, a length, contents) of a component after its eight bytes of preamble.
fn check_sections(mut rest: &[u8]) -> Result<(), PluginError> {
    let whole = rest.len();
    while let [_id, after_id @ ..] = rest {
        let offset = 8 + whole - rest.len();
        let (length, after_length) = leb128(after_id).unwrap_or((u64::MAX, &[]));
        if length > after_length.len() as u64 {
            return Err(PluginError::Truncated {
                offset,
                wanted: length,
                found: after_length.len(),
            });
        }
        rest = &after_length[length as usize..];
    }
    Ok(())
}

/// An unsigned 32-bit number in WebAssembly's encoding, and what follows it.
fn leb128(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (i, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[i + 1..]));
        }
    }
    None
}

/// Checks the names that a component imports and exports; says which version of the contract it is made for.
pub(super) fn check_world(
    engine: &Engine,
    component: &Component,
    wasi: bool,
) -> Result<String, PluginError> {
    let world = component.component_type();
    let imports: Vec<String> = (world.imports(engine).map(|(name, _)| name.to_owned())).collect();
    let exports: Vec<String> = (world.exports(engine).map(|(name, _)| name.to_owned())).collect();
    check_names(&imports, &exports, wasi)
}

/// The same of names.
pub(super) fn check_names(
    imports: &[String],
    exports: &[String],
    wasi: bool,
) -> Result<String, PluginError> {
    for import in imports {
        if import.starts_with("wasi:") && wasi {
            continue;
        }
        if !import.starts_with(PACKAGE) {
            return Err(PluginError::ForbiddenImport {
                import: named(import),
            });
        }
        check_version(import)?;
    }
    match exports
        .iter()
        .find(|name| name.split('@').next() == Some(EXPORT))
    {
        Some(export) => {
            check_version(export)?;
            Ok(version_of(export).into())
        }
        None => Err(PluginError::MissingExport {
            wanted: format!("{EXPORT}@{}", contract()),
            found: exports.iter().map(|name| named(name)).collect(),
        }),
    }
}

/// Checks the version of a name such as `sluice:transform/log@1.0.0`: the same major version, and no newer a minor one.
fn check_version(name: &str) -> Result<(), PluginError> {
    let version = version_of(name);
    let mut parts = version
        .split(['.', '-', '+'])
        .map(|part| part.parse::<u64>().ok());
    let (major, minor) = (parts.next().flatten(), parts.next().flatten());
    match (major, minor) {
        (Some(major), Some(minor)) if major == CONTRACT.0 && minor <= CONTRACT.1 => Ok(()),
        (Some(major), Some(minor)) if (major, minor) > (CONTRACT.0, CONTRACT.1) => {
            Err(PluginError::NewerContract {
                wanted: version.into(),
                known: contract(),
            })
        }
        _ => Err(PluginError::WrongShape {
            reason: format!(
                "it is made for `{name}`, and the contract is {}",
                contract()
            ),
        }),
    }
}

/// A name that a component gives, in one line that is not too long.
fn named(name: &str) -> String {
    const MOST_BYTES: usize = 128;
    in_one_line(cut(name, MOST_BYTES))
}

fn version_of(name: &str) -> &str {
    name.split_once('@').map_or("", |(_, version)| version)
}

/// The same, as it is written.
pub(super) fn contract() -> String {
    format!("{}.{}.{}", CONTRACT.0, CONTRACT.1, CONTRACT.2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        let message = check_file(bytes)
            .err()
            .map_or_else(|| "ok".to_string(), |error| error.to_string());
        assert!(message.starts_with(expected), "{message}");
    }

    #[test]
    fn every_kind_of_file_has_its_sentence() {
        check(b"", "not a WebAssembly component: the file has 0 bytes");
        check(
            b"id,name\n1,x\n",
            "not a WebAssembly component: the file has 12 bytes",
        );
        check(b"\0asm", "the component is truncated");
        check(b"\0asm\x01\0\0\0", "a core WebAssembly module");
        check(b"\0asm\x0d\0\x01\0", "ok");
        check(b"\0asm\x0d\0\x01\0\0\x03\x01xy", "ok");
        check(
            b"\0asm\x0d\0\x01\0\0\x04\x01xy",
            "the component is truncated: a section at byte 8 needs 4 bytes, and 3 are left",
        );
        check(
            b"\0asm\x0d\0\x01\0\0\xff\xff\xff\xff",
            "the component is truncated",
        );
    }

    #[test]
    fn versions() {
        assert!(check_version("sluice:transform/plugin@1.0.0").is_ok());
        assert!(check_version("sluice:transform/plugin@1.0.7").is_ok());
        insta::assert_snapshot!(check_version("sluice:transform/plugin@1.2.0").unwrap_err(), @"built for version 1.2.0 of the plugin contract, and this Sluice knows 1.0.0; update Sluice, or build it with the SDK of 1.0.0");
        insta::assert_snapshot!(check_version("sluice:transform/plugin@0.9.0").unwrap_err(), @"does not fit the plugin contract: it is made for `sluice:transform/plugin@0.9.0`, and the contract is 1.0.0; build it with the WIT of this version of Sluice");
    }
}
