//! Decompression by name and by magic bytes, with a bound on how far a small object may expand.

use std::io::{self, BufReader, Cursor, Read};

use super::form::Form;

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

/// Why decompression stopped before the end. Carried inside an [`io::Error`], which tells it from a failing source.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompressionError {
    #[error("the {kind} stream is damaged or cut short: {reason}")]
    Corrupt { kind: &'static str, reason: String },
    #[error(
        "the object expands to more than {limit} times its {compressed} bytes; raise `limits.max_expansion` if that is right"
    )]
    Expansion { limit: u32, compressed: u64 },
}

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// The largest window that a zstd frame may ask for, as a power of two: 8 MiB, what every decoder must support
/// (RFC 8878, section 3.1.1.1.2).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Output that is always allowed, whatever the ratio.
const FREE_OUTPUT_BYTES: u64 = 16 << 20;

/// Reads the plain bytes of an object. What its first bytes say outweighs its name.
pub(super) fn decompress(
    named: Compression,
    max_expansion: u32,
    input: Box<dyn Read + Send>,
    form: Form,
) -> impl Read + Send {
    Decompress {
        named,
        max_expansion,
        form,
        state: State::Start(input),
    }
}

struct Decompress {
    named: Compression,
    max_expansion: u32,
    form: Form,
    state: State,
}

enum State {
    Start(Box<dyn Read + Send>),
    Plain(Box<dyn Read + Send>),
    Packed {
        kind: &'static str,
        reader: Box<dyn PackedRead>,
        written: u64,
    },
    Ended,
}

trait PackedRead: Read + Send {
    fn compressed_bytes(&self) -> u64;
    fn source_failed(&mut self) -> Option<io::Error>;
}

impl Read for Decompress {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.state, State::Start(_)) {
            let State::Start(input) = std::mem::replace(&mut self.state, State::Ended) else {
                return Ok(0);
            };
            self.state = start(self.named, input)?;
            if matches!(self.state, State::Packed { .. }) {
                self.form.set_converted();
            }
        }
        match &mut self.state {
            State::Start(_) | State::Ended => Ok(0),
            State::Plain(reader) => reader.read(buffer),
            State::Packed {
                kind,
                reader,
                written,
            } => {
                let read = reader.read(buffer).map_err(|error| {
                    reader.source_failed().unwrap_or_else(|| {
                        let reason = error.to_string();
                        io::Error::other(CompressionError::Corrupt { kind, reason })
                    })
                })?;
                *written += read as u64;
                let compressed = reader.compressed_bytes();
                if *written
                    > FREE_OUTPUT_BYTES
                        .max(compressed.saturating_mul(u64::from(self.max_expansion)))
                {
                    let limit = self.max_expansion;
                    return Err(io::Error::other(CompressionError::Expansion {
                        limit,
                        compressed,
                    }));
                }
                Ok(read)
            }
        }
    }
}

fn start(named: Compression, mut input: Box<dyn Read + Send>) -> io::Result<State> {
    let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
    input
        .by_ref()
        .take(ZSTD_MAGIC.len() as u64)
        .read_to_end(&mut magic)?;
    let found = if magic.starts_with(GZIP_MAGIC) {
        Compression::Gzip
    } else if magic.starts_with(ZSTD_MAGIC) {
        Compression::Zstd
    } else if magic.is_empty() {
        Compression::None
    } else {
        named
    };
    let whole = Box::new(Cursor::new(magic).chain(input));
    Ok(match found {
        Compression::None => State::Plain(whole),
        Compression::Gzip => {
            let reader = flate2::bufread::MultiGzDecoder::new(Metered::new(whole));
            State::Packed {
                kind: "gzip",
                reader: Box::new(reader),
                written: 0,
            }
        }
        Compression::Zstd => {
            let mut reader = zstd::stream::read::Decoder::with_buffer(Metered::new(whole))?;
            reader.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            State::Packed {
                kind: "zstd",
                reader: Box::new(reader),
                written: 0,
            }
        }
    })
}

impl PackedRead for flate2::bufread::MultiGzDecoder<Metered> {
    fn compressed_bytes(&self) -> u64 {
        self.get_ref().bytes
    }
    fn source_failed(&mut self) -> Option<io::Error> {
        self.get_mut().failure.take()
    }
}

impl PackedRead for zstd::stream::read::Decoder<'_, Metered> {
    fn compressed_bytes(&self) -> u64 {
        self.get_ref().bytes
    }
    fn source_failed(&mut self) -> Option<io::Error> {
        self.get_mut().failure.take()
    }
}

/// Counts what a decoder took from its source, and remembers whether the source itself failed.
struct Metered {
    input: BufReader<Box<dyn Read + Send>>,
    bytes: u64,
    failure: Option<io::Error>,
}

impl Metered {
    fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            input: BufReader::with_capacity(128 << 10, input),
            bytes: 0,
            failure: None,
        }
    }
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = io::BufRead::fill_buf(self)?;
        let taken = available.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&available[..taken]);
        io::BufRead::consume(self, taken);
        Ok(taken)
    }
}

impl io::BufRead for Metered {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Err(error) = self.input.fill_buf() {
            let kind = error.kind();
            self.failure = Some(error);
            return Err(kind.into());
        }
        Ok(self.input.buffer())
    }
    fn consume(&mut self, amount: usize) {
        self.bytes += amount as u64;
        self.input.consume(amount);
    }
}
