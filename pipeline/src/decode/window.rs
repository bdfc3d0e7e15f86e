//! A sliding window over the text of an object: it grows to the longest record that is allowed, and no further.

use std::io::{self, Read};

use super::{
    batch::Damage, compression::CompressionError, csv::LineBreak, refusal::Refusal, text::Text,
};

/// Text that was read and not yet decoded, always from the start of a record on.
pub(super) struct Window {
    input: Box<dyn Read + Send>,
    text: Vec<u8>,
    batch_bytes: usize,
    /// The longest record, in bytes.
    max_record_bytes: usize,
    /// Whether records end with a line.
    lines: bool,
    line_break: Option<LineBreak>,
    ended: bool,
    damage: Option<Damage>,
    refusal: Option<Refusal>,
    bytes: u64,
}

/// A defect of a reader.
#[derive(Debug, thiserror::Error)]
#[error(
    "reading makes no progress with {bytes} bytes of text at hand; report it with the object's format"
)]
struct NoProgress {
    bytes: usize,
}

impl Window {
    pub(super) fn new(
        input: Box<dyn Read + Send>,
        batch_bytes: usize,
        max_record_bytes: usize,
        lines: bool,
    ) -> Self {
        let (text, damage) = (Vec::new(), None);
        Self {
            input,
            text,
            batch_bytes,
            max_record_bytes,
            lines,
            line_break: None,
            ended: false,
            damage,
            refusal: None,
            bytes: 0,
        }
    }

    /// The text.
    pub(super) fn text(&self) -> Text<'_> {
        Text {
            bytes: &self.text,
            ended: self.ended,
            max_record_bytes: self.max_record_bytes,
        }
    }

    /// Whether the text reaches to the end of the object.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Why the object ended early, if it did.
    pub(super) fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Why nothing of the object is to be stored, as the layers under the text have it.
    pub(super) fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// Bytes of text read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether all of the text is handed out.
    pub(super) fn is_empty(&self) -> bool {
        self.ended && self.text.is_empty()
    }

    /// Bytes of text that were handed out or thrown away.
    pub(super) fn consumed(&self) -> u64 {
        self.bytes - self.text.len() as u64
    }

    /// Throws the first `bytes` of the text away.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.text.drain(..bytes);
    }

    /// Reads enough for a batch.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        self.read_to(self.batch_bytes)
    }

    /// Reads more of a record that does not end within the text, and `lookahead` bytes more than the longest. False where the
    /// record is longer than allowed. Whoever
    /// asks for more and gets none, though there is more, would ask for ever: that is an error.
    pub(super) fn grow(&mut self, lookahead: usize) -> io::Result<bool> {
        let before = self.text.len();
        let most = self.max_record_bytes + lookahead;
        if before > most {
            return Ok(false);
        }
        // The window is looked through as a whole, so that it must not grow by little where lines are given up one by one.
        let wanted = self.batch_bytes.max(before * 2);
        self.read_to(wanted.min(most + self.batch_bytes.max(1)))?;
        if self.text.len() == before && !self.ended {
            return Err(io::Error::other(NoProgress { bytes: before }));
        }
        Ok(true)
    }

    /// Reads a batch more, whatever is there already.
    pub(super) fn read_on(&mut self) -> io::Result<()> {
        self.read_to(self.text.len() + self.batch_bytes)
    }

    /// Hands out the first `bytes` of the text and keeps the rest.
    pub(super) fn take(&mut self, bytes: usize) -> Vec<u8> {
        let mut rest = Vec::with_capacity(self.batch_bytes.max(self.text.len() - bytes));
        rest.extend_from_slice(&self.text[bytes..]);
        self.text.truncate(bytes);
        std::mem::replace(&mut self.text, rest)
    }

    /// Says how lines end, as soon as that is known.
    pub(super) fn set_line_break(&mut self, line_break: Option<LineBreak>) {
        self.line_break = line_break;
    }

    /// Throws text away up to the end of the line that it starts in; returns the line's length without its break.
    pub(super) fn skip_line(&mut self) -> io::Result<u64> {
        let line_break = self.line_break.unwrap_or(LineBreak::Feed);
        let mut skipped = 0;
        loop {
            if let Some(end) = line_break.find(&self.text) {
                self.text.drain(..=end);
                return Ok(skipped + end as u64);
            }
            skipped += self.text.len() as u64;
            self.text.clear();
            if self.ended {
                return Ok(skipped);
            }
            self.read_to(self.batch_bytes)?;
        }
    }

    fn read_to(&mut self, bytes: usize) -> io::Result<()> {
        let wanted = bytes.saturating_sub(self.text.len());
        if wanted == 0 || self.ended {
            return Ok(());
        }
        let before = self.text.len();
        let outcome = self
            .input
            .by_ref()
            .take(wanted as u64)
            .read_to_end(&mut self.text);
        let read = self.text.len() - before;
        self.bytes += read as u64;
        match outcome {
            Ok(_) => self.ended = read < wanted,
            Err(error) => self.end_early(error)?,
        }
        Ok(())
    }

    /// Ends the text where a layer under it says that there is no more of it to be had. Any other error is the source's.
    fn end_early(&mut self, error: io::Error) -> io::Result<()> {
        let inner = error.get_ref();
        if let Some(refusal) = inner.and_then(|inner| inner.downcast_ref::<Refusal>()) {
            if self.bytes == 0 {
                self.refusal = Some(refusal.clone());
                self.ended = true;
                return Ok(());
            }
            self.damage = Some(Damage {
                code: refusal.code,
                message: refusal.message.clone(),
            });
        } else if let Some(compression) =
            inner.and_then(|inner| inner.downcast_ref::<CompressionError>())
        {
            self.damage = Some(Damage {
                code: compression.code(),
                message: compression.to_string(),
            });
        } else {
            return Err(error);
        }
        self.ended = true;
        if self.lines {
            // A line without its end may look like a whole record, and is not.
            let last = match self.line_break {
                Some(line_break) => line_break.find_last(&self.text),
                None => (LineBreak::Feed.find_last(&self.text))
                    .or_else(|| LineBreak::Return.find_last(&self.text)),
            };
            self.text.truncate(last.map_or(0, |end| end + 1));
        }
        Ok(())
    }
}
