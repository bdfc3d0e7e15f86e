//! Why a request gets no other answer, and what the log is told of it.

use sluice_pipeline::clean::CleanError;

use crate::{
    accounts::Accounts,
    handler::Handled,
    ports::PortError,
    problem::{FAILED, Problem, UNAVAILABLE},
};

/// How long to wait where something that we need does not answer, in seconds.
const RETRY_SECONDS: u32 = 2;

/// Why there is no other answer.
pub(crate) struct Failure {
    pub(crate) problem: Problem,
    pub(crate) trouble: Option<String>,
}

impl Failure {
    /// Something that was kept is broken.
    pub(crate) fn broken(error: impl std::fmt::Display) -> Self {
        Self {
            problem: FAILED.because("what was kept of an earlier request cannot be used"),
            trouble: Some(error.to_string()),
        }
    }

    /// Records are gone, or are there that never came: a defect of ours.
    pub(crate) fn unaccounted(trouble: String) -> Self {
        Self {
            problem: FAILED.because("records are unaccounted for"),
            trouble: Some(format!("records are unaccounted for: {trouble}")),
        }
    }

    pub(crate) fn handled(self) -> Handled {
        Handled {
            answer: self.problem.answer(),
            accounts: Accounts::default(),
            trouble: self.trouble,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            trouble: None,
        }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self {
            problem: UNAVAILABLE
                .because("try again; what was stored is not stored twice with an `Idempotency-Key`")
                .retry_after(RETRY_SECONDS),
            trouble: Some(error.to_string()),
        }
    }
}

impl From<CleanError> for Failure {
    fn from(error: CleanError) -> Self {
        Self {
            problem: FAILED.because("the plugin cannot work with these records"),
            trouble: Some(error.to_string()),
        }
    }
}
