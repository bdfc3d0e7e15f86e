//! A shell script of AWS CLI commands in the making.
//!
//! Names of buckets, tables and queues are looked up in the stack's outputs when it runs. What comes from outside, such
//! as an object's key, is quoted, so that the shell reads it back as it is; it never stands in a comment.

use serde_json::Value;
use sluice_contract::shell::word;

/// A script for a stack.
#[derive(Debug)]
pub(crate) struct Script(String);

/// What every script begins with, after its own first comment and the name of the stack.
const OUTPUT: &str = r#"
# The value of one of the stack's outputs.
output() {
    value=$(aws cloudformation describe-stacks --stack-name "$stack" \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]" --output text)
    if [ -z "$value" ] || [ "$value" = None ]; then
        echo "stack $stack has no output $1; is it the stack of this manifest?" >&2
        exit 1
    fi
    printf '%s\n' "$value"
}
"#;

impl Script {
    /// Starts a script: lines that say what it does, and the name of the stack.
    pub(crate) fn new(purpose: &str, stack: &str) -> Self {
        let mut script = Self("#!/bin/sh\n".to_owned());
        script.comment(purpose);
        script.0.push_str("set -eu\nexport AWS_PAGER=\n\n");
        script.set("stack", stack);
        script.0.push_str(OUTPUT);
        script
    }

    /// Lines for people. They come from this program alone.
    fn comment(&mut self, text: &str) {
        for line in text.lines() {
            let comment = format!("# {line}");
            self.0.push_str(comment.trim_end());
            self.0.push('\n');
        }
    }

    /// A step: lines that say what it does, and its commands.
    pub(crate) fn step(&mut self, purpose: &str, commands: &str) {
        self.0.push('\n');
        self.comment(purpose);
        self.0.push_str(commands.trim());
        self.0.push('\n');
    }

    /// Gives a variable a value.
    pub(crate) fn set(&mut self, variable: &str, value: &str) {
        self.0.push_str(&format!("{variable}={}\n", word(value)));
    }

    /// Looks an output of the stack up.
    pub(crate) fn look_up(&mut self, variable: &str, output: &str) {
        self.0.push_str(&format!("{variable}=$(output {output})\n"));
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.0.push('\n');
    }

    /// The script.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// A JSON value as one word of the shell.
pub(crate) fn json(value: &Value) -> String {
    word(&value.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::process::Command;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// What a shell prints for a script.
    fn printed(script: &str) -> Vec<u8> {
        let output = Command::new("sh").args(["-c", script]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_shell_reads_words_back(texts in proptest::collection::vec("[^\0]{0,20}|[ '\"$`\\\\!*?~#&|;<>(){}\n\t-]{0,9}", 1..8)) {
            let words: Vec<String> = texts.iter().map(|text| word(text)).collect();
            let expected: String = texts.iter().map(|text| format!("{text}\0")).collect();
            prop_assert_eq!(printed(&format!("printf '%s\\0' {}", words.join(" "))), expected.as_bytes());
        }

        #[test]
        fn a_variable_holds_what_it_is_set_to(text in "[^\0]{0,30}") {
            let mut script = Script(String::new());
            script.set("key", &text);
            script.step("Prints it.", "printf '%s' \"$key\"");
            prop_assert_eq!(printed(&script.finish()), text.as_bytes());
        }

        #[test]
        fn json_arrives_whole(text in "[^\0]{0,30}") {
            let value = json!({ "S": text });
            let bytes = printed(&format!("printf '%s' {}", super::json(&value)));
            prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
        }
    }
}
