//! What a plugin may say of itself. `describe` gets no configuration, so tests write another word into the component.

use sluice_sdk::contract::Descriptor;

use crate::field;

/// The word after `=`, filled up with points, picks the description.
static CHOICE: [u8; 32] = *b"evil-describes-itself=honest....";

/// The word that the component has in it.
fn word() -> &'static [u8] {
    // Out of the compiler's sight, or it would settle the choice.
    let choice = std::hint::black_box(&CHOICE);
    let word = choice.rsplit(|byte| *byte == b'=').next();
    let word = word.unwrap_or_default().split(|byte| *byte == b'.').next();
    word.unwrap_or_default()
}

/// Whether this is another honest version, whose capitals are small ones.
pub(crate) fn writes_small() -> bool {
    word() == b"small"
}

/// The description that the component has in it.
pub(crate) fn chosen(honest: Descriptor) -> Descriptor {
    let mut descriptor = honest;
    match word() {
        b"flood" => descriptor.outputs = vec![field("value", "text"); 100_000],
        b"many" => descriptor.outputs = vec![field("value", "text"); 5_000],
        b"twice" => descriptor.outputs.push(field("value", "text")),
        b"type" => descriptor.outputs.push(field("more", "varchar(20)")),
        b"input" => descriptor.inputs.push(field("", "text")),
        b"nameless" => descriptor.name.clear(),
        b"control" => descriptor.name = "\u{1b}[2Jevil".into(),
        b"novel" => descriptor.version = "Call me Ishmael. ".repeat(100),
        b"wrong" => descriptor.outputs[2].logical = "boolean".into(),
        b"panic" => panic!("cannot be described"),
        _ => {}
    }
    descriptor
}
