//! Decompression by magic bytes, with a bound on how far a small object may expand.
//!
//! What an object's first bytes say outweighs its name: a plain object that is named as if it were compressed is read, and
//! that is noted. What was packed twice is unpacked twice.

mod gzip;
mod metered;

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sluice_contract::stack::Pipeline;

use self::{gzip::GzipMembers, metered::Metered};
use super::{
    batch::Damage,
    form::Form,
    magic::{HEAD_BYTES, foreign},
    peeked::Peeked,
    refusal::Refusal,
};

/// How an object is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not, unless its first bytes say otherwise.
    None,
    /// gzip, one member or several.
    Gzip,
    /// Zstandard, one frame or several.
    Zstd,
}

impl Compression {
    /// What the first bytes say.
    fn of(head: &[u8]) -> Self {
        const GZIP: &[u8] = &[0x1f, 0x8b];
        const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
        if head.starts_with(GZIP) {
            Self::Gzip
        } else if head.starts_with(ZSTD) {
            Self::Zstd
        } else {
            Self::None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Why decompression stopped before the end. Carried inside an [`io::Error`], which tells it from a failing source.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompressionError {
    #[error("the {kind} stream is damaged or cut short: {reason}")]
    Corrupt { kind: &'static str, reason: String },
    #[error(
        "the object expands to more than {limit} times its {compressed} bytes; raise `limits.max_expansion` if that is right"
    )]
    Expansion { limit: u32, compressed: u64 },
    #[error(
        "the zstd stream needs a window of more than {limit} MB; raise `max_window_mb` of the source if that is right"
    )]
    Window { limit: u32 },
}

impl CompressionError {
    /// A short stable name.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Corrupt { .. } => "corrupt_compression",
            Self::Expansion { .. } => "expands_too_much",
            Self::Window { .. } => "window_too_large",
        }
    }
}

/// What decompression may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct CompressionLimits {
    /// Output bytes for each byte of the object.
    pub(super) max_expansion: u32,
    /// Of a Zstandard frame.
    pub(super) max_window_mb: u32,
}

impl CompressionLimits {
    /// Those of a pipeline.
    pub(super) fn of(pipeline: &Pipeline) -> Self {
        Self {
            max_expansion: pipeline.limits.max_expansion,
            max_window_mb: pipeline.source.max_window_mb,
        }
    }
}

/// How often an object may be packed.
const MOST_LAYERS: usize = 3;
/// Output that is always allowed, whatever the ratio.
const FREE_OUTPUT_BYTES: u64 = 16 << 20;

/// What the plain bytes of an object are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    /// Text. An object is refused that is plainly something else.
    Text,
    /// A file of which another reader says whether it is one.
    File,
}

/// Whether an object of so many bytes may expand to `written`.
pub(super) fn may_expand(written: u64, compressed: u64, limit: u32) -> Result<(), Damage> {
    if written <= most_bytes(compressed, limit) {
        return Ok(());
    }
    let error = CompressionError::Expansion { limit, compressed };
    Err(Damage {
        code: error.code(),
        message: error.to_string(),
    })
}

/// The most that so many bytes may expand to.
pub(super) fn most_bytes(compressed: u64, limit: u32) -> u64 {
    FREE_OUTPUT_BYTES.max(compressed.saturating_mul(u64::from(limit)))
}

/// Reads the plain bytes of an object. What its first bytes say outweighs its name.
pub(super) fn decompress(
    named: Compression,
    contents: Contents,
    limits: CompressionLimits,
    input: Box<dyn Read + Send>,
    form: Form,
) -> impl Read + Send {
    Decompress::Start {
        named,
        contents,
        limits,
        input,
        form,
    }
}

enum Decompress {
    Start {
        named: Compression,
        contents: Contents,
        limits: CompressionLimits,
        input: Box<dyn Read + Send>,
        form: Form,
    },
    Open(Box<dyn Read + Send>),
}

impl Read for Decompress {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Self::Start {
            named,
            contents,
            limits,
            input,
            form,
        } = self
        {
            let input = std::mem::replace(input, Box::new(io::empty()));
            *self = Self::Open(unpack(*named, *contents, *limits, input, form)?);
        }
        match self {
            Self::Start { .. } => Ok(0),
            Self::Open(plain) => plain.read(buffer),
        }
    }
}

/// Takes off one layer after the other, until what is there is no compressed stream.
fn unpack(
    named: Compression,
    contents: Contents,
    limits: CompressionLimits,
    input: Box<dyn Read + Send>,
    form: &Form,
) -> io::Result<Box<dyn Read + Send>> {
    let source_bytes = Arc::new(AtomicU64::new(0));
    let mut layer: Box<dyn Read + Send> = input;
    for layers in 0..=MOST_LAYERS {
        let peeked = Peeked::new(layer, HEAD_BYTES);
        let found = Compression::of(peeked.head());
        if found == Compression::None || layers == MOST_LAYERS {
            if contents == Contents::Text
                && let Some(what) = foreign(peeked.head())
            {
                return Err(io::Error::other(Refusal {
                    code: "foreign_format",
                    message: format!("it is {what}"),
                }));
            }
            if layers == 0 && named != Compression::None && !peeked.head().is_empty() {
                form.set_not_compressed();
            }
            return Ok(Box::new(peeked));
        }
        form.set_compressed();
        // What the innermost source gave is what the object has.
        let counted = (layers == 0).then(|| source_bytes.clone());
        let source = Metered::new(Box::new(peeked), counted);
        let kind = found.name();
        let unpacked: Box<dyn Unpack> = match found {
            Compression::Gzip => Box::new(GzipMembers::new(source)),
            Compression::Zstd | Compression::None => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(source)?;
                decoder.window_log_max(limits.max_window_mb.next_power_of_two().ilog2() + 20)?;
                Box::new(decoder)
            }
        };
        layer = Box::new(Layer {
            kind,
            unpacked,
            written: 0,
            limits,
            source_bytes: source_bytes.clone(),
        });
    }
    Ok(layer)
}

/// A decoder that knows whether its source failed, or the stream is at fault.
trait Unpack: Read + Send {
    fn source_failed(&mut self) -> Option<io::Error>;
}

impl Unpack for zstd::stream::read::Decoder<'_, Metered> {
    fn source_failed(&mut self) -> Option<io::Error> {
        self.get_mut().take_failure()
    }
}

/// What one compressed stream holds.
struct Layer {
    kind: &'static str,
    unpacked: Box<dyn Unpack>,
    written: u64,
    limits: CompressionLimits,
    /// Bytes of the object that were read.
    source_bytes: Arc<AtomicU64>,
}

impl Read for Layer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let kind = self.kind;
        let read = match self.unpacked.read(buffer) {
            Ok(read) => read,
            Err(error) => {
                return Err(match self.unpacked.source_failed() {
                    Some(failure) => failure,
                    None => io::Error::other(self.reason(kind, &error)),
                });
            }
        };
        self.written += read as u64;
        let compressed = self.source_bytes.load(Ordering::Relaxed);
        let limit = self.limits.max_expansion;
        if self.written > most_bytes(compressed, limit) {
            return Err(io::Error::other(CompressionError::Expansion {
                limit,
                compressed,
            }));
        }
        Ok(read)
    }
}

impl Layer {
    fn reason(&self, kind: &'static str, error: &io::Error) -> CompressionError {
        let reason = error.to_string();
        // What the library says of `ZSTD_error_frameParameter_windowTooLarge`.
        if reason.contains("requires too much memory") {
            let limit = self.limits.max_window_mb;
            return CompressionError::Window { limit };
        }
        CompressionError::Corrupt { kind, reason }
    }
}
