//! What a plugin says while it runs: passed on to the host's log up to a limit, because a plugin may say anything any
//! number of times, and remembered where it may explain a trap.

use super::Severity;

/// Lines that are passed on for one batch.
const MAX_LINES: u32 = 32;
/// The longest line, in bytes. The rest is cut off.
pub(super) const MAX_LINE_BYTES: usize = 1024;

/// The log of one plugin instance.
#[derive(Debug, Default)]
pub(super) struct LogTap {
    lines: u32,
    last_error: Option<String>,
}

impl LogTap {
    /// Starts a batch.
    pub(super) fn begin(&mut self) {
        *self = LogTap::default();
    }

    /// Takes a line.
    pub(super) fn write(&mut self, severity: Severity, line: &str) {
        let line = cut(line, MAX_LINE_BYTES);
        if severity == Severity::Error {
            let last = self.last_error.get_or_insert_default();
            last.clear();
            last.push_str(line);
        }
        self.lines = self.lines.saturating_add(1);
        match severity {
            _ if self.lines > MAX_LINES => {}
            Severity::Info => tracing::info!(target: "sluice::plugin", "{line}"),
            Severity::Warning => tracing::warn!(target: "sluice::plugin", "{line}"),
            Severity::Error => tracing::error!(target: "sluice::plugin", "{line}"),
        }
    }

    /// Ends a batch.
    pub(super) fn end(&mut self) {
        let left_out = self.lines.saturating_sub(MAX_LINES);
        if left_out > 0 {
            tracing::warn!(target: "sluice::plugin", left_out, "the plugin wrote more lines for one batch than are passed on");
        }
    }

    /// The last line of severity error, which is a panic's message.
    pub(super) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }
}

/// The start of `text`, `max` bytes at the most, whole characters only.
pub(super) fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_the_last_error_kept() {
        let mut tap = LogTap::default();
        for i in 0..100_000 {
            tap.write(
                if i % 2 == 0 {
                    Severity::Error
                } else {
                    Severity::Info
                },
                &format!("line {i}"),
            );
        }
        tap.write(Severity::Error, &"é".repeat(5_000));
        assert_eq!(tap.last_error().map(str::len), Some(MAX_LINE_BYTES));
        tap.begin();
        assert_eq!(tap.last_error(), None);
    }
}
