//! gzip as files have it: members one after the other, and zeros up to the end of a block, as tapes and some stores leave.

use std::io::{self, BufRead as _, Read};

use flate2::bufread::GzDecoder;

use super::{Unpack, metered::Metered};

/// What all members of a gzip stream hold.
pub(super) struct GzipMembers(State);

enum State {
    Member(Box<GzDecoder<Metered>>),
    /// Behind a member: another one follows, or zeros, or nothing.
    Between(Metered),
    Ended,
}

impl State {
    fn member(source: Metered) -> Self {
        Self::Member(Box::new(GzDecoder::new(source)))
    }
}

impl GzipMembers {
    pub(super) fn new(source: Metered) -> Self {
        Self(State::member(source))
    }
}

impl Read for GzipMembers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.0, State::Ended) {
                State::Ended => return Ok(0),
                State::Member(mut member) => match member.read(buffer) {
                    Ok(0) => self.0 = State::Between(member.into_inner()),
                    read => {
                        self.0 = State::Member(member);
                        return read;
                    }
                },
                State::Between(mut source) => match pass_zeros(&mut source) {
                    Ok(true) => self.0 = State::member(source),
                    Ok(false) => {}
                    Err(error) => {
                        self.0 = State::Between(source);
                        return Err(error);
                    }
                },
            }
        }
    }
}

impl Unpack for GzipMembers {
    fn source_failed(&mut self) -> Option<io::Error> {
        match &mut self.0 {
            State::Member(member) => member.get_mut().take_failure(),
            State::Between(source) => source.take_failure(),
            State::Ended => None,
        }
    }
}

/// Leaves out zeros; says whether anything follows.
fn pass_zeros(source: &mut Metered) -> io::Result<bool> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
        let is_all = zeros == buffer.len();
        source.consume(zeros);
        if !is_all {
            return Ok(true);
        }
    }
}
