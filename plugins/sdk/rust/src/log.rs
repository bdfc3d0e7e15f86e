//! The log, and the panic hook that turns a panic into the reason that goes with the rejected row.

use crate::contract::Severity;

/// Writes a line to the host's log. It must not hold record content. In native tests it goes to standard error.
pub fn log(severity: Severity, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::sluice::transform::log::write(severity, message);
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{severity:?}: {message}");
}

/// Lets a panic write its message to the log before it traps.
#[cfg(target_arch = "wasm32")]
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("a value that is no text");
        match panic.location() {
            Some(place) => log(
                Severity::Error,
                &format!("{message}, at {}:{}", place.file(), place.line()),
            ),
            None => log(Severity::Error, message),
        }
    }));
}
