//! Where components are compiled: in a process of their own, so that one which takes all memory or never comes to an end takes
//! nothing with it. The process is this program once more, without its environment, and has bounds of its own.
//!
//! A program that says nothing compiles in itself, as tests do. What is compiled has passed the
//! [`survey`](super::survey) in any case.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    sync::OnceLock,
};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{engine, error::PluginError};

/// The first argument of the process that compiles.
pub const COMPILE: &str = "compile-plugin";

/// How it ends where the component is not valid: why is on standard error.
const INVALID: u8 = 3;

/// How it ends where it noticed itself that it has too little memory.
const COSTLY: u8 = 4;

/// What the system says then (`ENOMEM`).
const OUT_OF_MEMORY: &str = "os error 12";

/// What is kept of what it says.
const MOST_WORDS: u64 = 4 << 10;

/// What one compilation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Address space, in MB. Python takes 750 on two processors.
    pub memory_mb: u32,
    /// Seconds of processors. Python takes 35.
    pub seconds: u32,
}

/// How this process compiles, from the first time on that it says so.
static CHILD: OnceLock<Child> = OnceLock::new();

struct Child {
    program: PathBuf,
    limits: CompileLimits,
}

/// Has this process compile in processes of their own. Its `main` must answer [`COMPILE`] with [`main`]. Fails where the system
/// does not say what program this is.
pub fn compile_in_a_process(limits: CompileLimits) -> io::Result<()> {
    let program = std::env::current_exe()?;
    // Who says it twice has said it.
    let _ = CHILD.set(Child { program, limits });
    Ok(())
}

/// What the process does that compiles: a component from standard input, its code to standard output. `arguments` are those
/// behind [`COMPILE`].
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let compiled = match arguments.as_slice() {
        [metered, memory_mb, seconds] => memory_mb
            .parse()
            .and_then(|memory_mb| seconds.parse().map(|seconds| (memory_mb, seconds)))
            .map_err(|error: std::num::ParseIntError| error.to_string())
            .and_then(|(memory_mb, seconds)| {
                bound(CompileLimits { memory_mb, seconds })?;
                compile(metered == METERED)
            }),
        _ => Err("this is for the program itself to call".to_owned()),
    };
    match compiled {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprint!("{reason}");
            // Not every want of memory ends the process: some is told by who asked the system for it.
            ExitCode::from(match reason.contains(OUT_OF_MEMORY) {
                true => COSTLY,
                false => INVALID,
            })
        }
    }
}

const METERED: &str = "metered";
const UNMETERED: &str = "unmetered";

/// Bounds this process for good.
fn bound(limits: CompileLimits) -> Result<(), String> {
    let all = |most: u64| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    let bounds = [
        (Resource::As, u64::from(limits.memory_mb) << 20),
        (Resource::Cpu, limits.seconds.into()),
        // What a component made of it is nothing to leave lying about.
        (Resource::Core, 0),
    ];
    for (resource, most) in bounds {
        setrlimit(resource, all(most)).map_err(|error| format!("no bound can be set: {error}"))?;
    }
    Ok(())
}

fn compile(metered: bool) -> Result<(), String> {
    let words = |error: io::Error| error.to_string();
    let mut component = Vec::new();
    io::stdin().read_to_end(&mut component).map_err(words)?;
    let code = engine::compile_here(metered, &component)?;
    let mut output = io::stdout().lock();
    output.write_all(&code).map_err(words)?;
    output.flush().map_err(words)
}

/// Compiles in a process of its own, where this one does so; `None` where it does not.
pub(super) fn compiled_apart(
    component: &[u8],
    metered: bool,
) -> Option<Result<Vec<u8>, PluginError>> {
    let child = CHILD.get()?;
    Some(child.compile(component, metered))
}

impl Child {
    fn compile(&self, component: &[u8], metered: bool) -> Result<Vec<u8>, PluginError> {
        let failed = |error: io::Error| PluginError::Engine {
            reason: format!("the compiler does not start: {error}"),
        };
        let CompileLimits { memory_mb, seconds } = self.limits;
        let mut process = Command::new(&self.program)
            .arg(COMPILE)
            .arg(if metered { METERED } else { UNMETERED })
            .args([memory_mb.to_string(), seconds.to_string()])
            // Nothing of what this process may do, such as its credentials.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (input, output, words) = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        );
        let (code, said) = std::thread::scope(|scope| {
            scope.spawn(move || {
                // One that dies before it has read everything says so by how it ends.
                input.map(|mut input| input.write_all(component))
            });
            let said = scope.spawn(move || {
                let mut said = Vec::new();
                let _ = words.map(|words| words.take(MOST_WORDS).read_to_end(&mut said));
                said
            });
            let mut code = Vec::new();
            let read = output.map_or(Ok(0), |mut output| output.read_to_end(&mut code));
            (read.map(|_| code), said.join().unwrap_or_default())
        });
        let status = process.wait().map_err(failed)?;
        match status.code() {
            Some(0) => code.map_err(failed),
            Some(code) if code == i32::from(INVALID) => Err(PluginError::Invalid {
                reason: String::from_utf8_lossy(&said).trim().to_owned(),
            }),
            // It was killed, or gave up for want of memory.
            _ => Err(PluginError::TooCostly { memory_mb, seconds }),
        }
    }
}
