//! Compiled code that may be run.
//!
//! It runs as a part of this process, without the sandbox's guarantees, and nobody can tell good machine code from bad by
//! looking at it. So it is a type of its own, which comes about in two ways only: this program compiles a component, or
//! somebody answers for the code with the one `unsafe` function of this crate.

#![allow(
    unsafe_code,
    reason = "what must be true of compiled code is promised here, and relied upon here"
)]

use sluice_contract::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::error::PluginError;

/// Compiled code that may be run, and what it was compiled from.
#[derive(Clone)]
pub struct TrustedCompiled {
    code: Vec<u8>,
    sha256: Sha256,
    component: Sha256,
}

impl TrustedCompiled {
    /// Code that was compiled before, and kept since. `published` is its sha256, as it was noted when it was compiled, and
    /// `component` that of the component which it was compiled from. Refuses any other bytes: what is torn, misplaced or
    /// altered.
    ///
    /// # Safety
    /// The bytes with the sha256 `published` must be what [`PluginEngine::compile`](super::PluginEngine::compile) made of
    /// that component. That is so where the hashes were noted together by whoever compiled, and the code lies where nobody
    /// else can write: on AWS, the role `publish` under the prefix of compiled plugins; on a laptop, the user.
    pub unsafe fn kept(
        code: Vec<u8>,
        published: Sha256,
        component: Sha256,
    ) -> Result<TrustedCompiled, PluginError> {
        let found = Sha256::of(&code);
        if found != published {
            return Err(PluginError::WrongHash {
                expected: published,
                found,
            });
        }
        Ok(TrustedCompiled {
            code,
            sha256: found,
            component,
        })
    }

    /// The code of a component that was compiled here, from the bytes with this sha256.
    pub(super) fn of(compiled: &Component, component: Sha256) -> Result<Self, PluginError> {
        let code = compiled.serialize().map_err(|error| PluginError::Invalid {
            reason: format!("{error:#}"),
        })?;
        Ok(TrustedCompiled {
            sha256: Sha256::of(&code),
            code,
            component,
        })
    }

    /// Code that a process of this very program made of a component a moment ago, from the bytes with this sha256, and handed
    /// over by a pipe that nobody else has.
    pub(super) fn of_own_process(code: Vec<u8>, component: Sha256) -> Self {
        TrustedCompiled {
            sha256: Sha256::of(&code),
            code,
            component,
        }
    }

    /// The machine code, to be kept.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The same, without a copy.
    pub fn into_code(self) -> Vec<u8> {
        self.code
    }

    /// Of the machine code: what has to be noted where [`kept`](TrustedCompiled::kept) finds it.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// Of the component that it was compiled from.
    pub(super) fn of_component(&self) -> Sha256 {
        self.component
    }

    /// Makes the code ready to run. Fails where it is of another version of wasmtime, or of an engine with other settings.
    pub(super) fn deserialize(&self, engine: &Engine) -> Result<Component, PluginError> {
        // SAFETY: the bytes come unchanged from wasmtime's own `serialize`: either `of` has just called it, or this program has in
        // a process of its own, or whoever called `kept` has promised so. Wasmtime itself checks its version and settings.
        let component = unsafe { Component::deserialize(engine, &self.code) };
        component.map_err(|error| PluginError::NotCompiled {
            reason: format!("{error:#}"),
        })
    }
}
