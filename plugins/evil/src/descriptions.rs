//! What a plugin may say of itself. `describe` gets no configuration, so tests write another word into the component.

use sluice_sdk::contract::Descriptor;

use crate::field;

/// The word after `=`, filled up with points, picks the description.
static CHOICE: [u8; 32] = *b"evil-describes-itself=honest....";

/// The description that the component has in it.
pub(crate) fn chosen(honest: Descriptor) -> Descriptor {
    // Out of the compiler's sight, or it would settle the choice.
    let choice = std::hint::black_box(&CHOICE);
    let word = choice.rsplit(|byte| *byte == b'=').next();
    let word = word.unwrap_or_default().split(|byte| *byte == b'.').next();
    let mut descriptor = honest;
    match word.unwrap_or_default() {
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
