//! Lets a plugin in Python have lists of numbers as bytes, which cost it next to nothing, while the host sees the contract
//! as it is: [`byte_contract`] is what the plugin is built for, and [`wrap`] puts the component of `byte_lists.wat` around
//! it. It knows nothing of Python.

/// The types of the contract. `u32`, `s64` and `f64` in angle brackets are numbers that are bytes for the plugin.
const TYPES: [(&str, &str); 12] = [
    ("severity", r#"(enum "info" "warning" "error")"#),
    (
        "field",
        r#"(record (field "name" string) (field "logical" string) (field "nullable" bool))"#,
    ),
    (
        "bytes-column",
        r#"(record (field "offsets" (list <u32>)) (field "data" (list u8)))"#,
    ),
    (
        "values",
        r#"(variant (case "bytes" $bytes-column) (case "integers" (list <s64>)) (case "floats" (list <f64>))
            (case "booleans" (list u8)))"#,
    ),
    (
        "column",
        r#"(record (field "values" $values) (field "validity" (list u8)))"#,
    ),
    (
        "batch",
        r#"(record (field "rows" u32) (field "columns" (list $column)))"#,
    ),
    (
        "origin",
        r#"(record (field "pipeline" string) (field "source" string) (field "first-row" u64)
            (field "received-at" s64))"#,
    ),
    (
        "out-column",
        r#"(variant (case "keep" u32) (case "replace" $column))"#,
    ),
    (
        "finding",
        r#"(record (field "row" u32) (field "column" (option u32)) (field "severity" $severity)
            (field "code" string) (field "message" string))"#,
    ),
    (
        "output",
        r#"(record (field "rows" u32) (field "columns" (list $out-column))
            (field "source-rows" (option (list <u32>))) (field "rejected" (list <u32>))
            (field "findings" (list $finding)))"#,
    ),
    (
        "descriptor",
        r#"(record (field "name" string) (field "version" string) (field "inputs" (list $field))
            (field "outputs" (list $field)) (field "config-schema" string))"#,
    ),
    (
        "failure",
        r#"(record (field "code" string) (field "message" string))"#,
    ),
];

/// The number of a section that is a component, in the binary format.
const COMPONENT_SECTION: u8 = 4;
/// The magic number and the version of a component.
const HEADER_BYTES: usize = 8;

/// The contract with lists of bytes in the place of lists of numbers. `wit` is the text of `wit/transform.wit`.
pub(crate) fn byte_contract(wit: &str) -> String {
    ["list<u32>", "list<s64>", "list<f64>"]
        .iter()
        .fold(wit.into(), |wit: String, list| {
            wit.replace(list, "list<u8>")
        })
}

/// The component of the real contract around one that was built for [`byte_contract`].
pub(crate) fn wrap(plugin: &[u8]) -> Vec<u8> {
    let shell = wat::parse_str(shell_text()).expect("the component around a plugin is well-formed");
    let (start, end) = placeholder(&shell);
    let mut component = Vec::with_capacity(shell.len() + plugin.len() + 8);
    component.extend_from_slice(&shell[..start]);
    component.push(COMPONENT_SECTION);
    push_leb128(&mut component, plugin.len());
    component.extend_from_slice(plugin);
    component.extend_from_slice(&shell[end..]);
    component
}

fn shell_text() -> String {
    let types = |bytes: bool, define: fn(&str, &str) -> String| -> String {
        let defined = TYPES.iter().map(|(name, text)| define(name, text));
        let all: String = defined.collect();
        ["u32", "s64", "f64"].iter().fold(all, |all, number| {
            all.replace(&format!("<{number}>"), if bytes { "u8" } else { number })
        })
    };
    let imported = |name: &str, text: &str| {
        format!(r#"(type $t-{name} {text}) (export "{name}" (type ${name} (eq $t-{name})))"#)
    };
    let defined = |name: &str, text: &str| {
        format!(r#"(type $t-{name} {text}) (export ${name} "{name}" (type $t-{name}))"#)
    };
    include_str!("byte_lists.wat")
        .replace("{types}", &types(false, imported))
        .replace("{byte types}", &types(true, imported))
        .replace("{byte types defined}", &types(true, defined))
}

/// Where the empty component is that stands for the plugin: the first one inside.
fn placeholder(shell: &[u8]) -> (usize, usize) {
    let mut at = HEADER_BYTES;
    loop {
        let (length, body) = leb128(shell, at + 1);
        if shell[at] == COMPONENT_SECTION {
            return (at, body + length);
        }
        at = body + length;
    }
}

/// The number at `at`, and where it ends.
fn leb128(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let (mut value, mut shift) = (0, 0);
    loop {
        value |= usize::from(bytes[at] & 0x7f) << shift;
        shift += 7;
        at += 1;
        if bytes[at - 1] & 0x80 == 0 {
            return (value, at);
        }
    }
}

fn push_leb128(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugin_is_the_first_component_inside() {
        let plugin = [7; 300];
        let component = wrap(&plugin);
        let (start, end) = placeholder(&component);
        assert_eq!(component[start + 1..start + 3], [0xac, 0x02]);
        assert_eq!(component[start + 3..end], plugin);
    }

    #[test]
    fn the_plugins_contract_has_no_list_of_numbers() {
        let wit = byte_contract(include_str!("../../../../../wit/transform.wit"));
        assert!(!wit.contains("list<u32>") && wit.contains("offsets: list<u8>"));
    }
}
