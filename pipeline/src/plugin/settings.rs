//! The settings of wasmtime, each with its reason, and the processor that plugins are compiled for.

use wasmtime::{Config, OptLevel};

/// The settings of wasmtime that plugins run under. Compiled code only loads into an engine with the same ones.
///
/// With `metered`, instructions are counted too, which no production code pays for.
pub(super) fn settings(metered: bool) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config.consume_fuel(metered);
    baseline(&mut config)?;
    // Calls without the bookkeeping of component-model async: 104 instead of 342 ns.
    config.concurrency_support(false);
    // Deadlines by epochs, which cost a compare at loop heads, where fuel costs a count at every block.
    config.epoch_interruption(true);
    config.cranelift_opt_level(OptLevel::Speed);
    // Every retry gives the same bits, on any processor.
    config.relaxed_simd_deterministic(true);
    // A fresh instance starts from a shared image of its memory, pages of which are copied when written.
    config.memory_init_cow(true);
    // Reasons come from the plugin's own panic message; collecting frames would only slow the recovery.
    config.wasm_backtrace_max_frames(None);
    config.wasm_memory64(false);
    Ok(config)
}

/// Settles what processor code is compiled for: what every processor that Lambda may pick has, and not what the one that
/// compiles happens to have. Left alone, wasmtime would use AVX-512 where it finds it, and the code would be refused by
/// an older processor of the next invocation.
///
/// Naming a target turns the search for features off; what may be used is then enabled by name. Lambda promises AVX2 on
/// x86_64, which is Intel's Haswell of 2013, and Graviton2, a Neoverse N1, on arm64. Elsewhere than on Linux the host is
/// a laptop, whose code stays on it.
fn baseline(config: &mut Config) -> wasmtime::Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let features: &[&str] = match std::env::consts::ARCH {
        "x86_64" => &["haswell"],
        "aarch64" => &["has_lse", "has_fp16", "has_dotprod"],
        _ => return Ok(()),
    };
    let libc = if cfg!(target_env = "musl") {
        "musl"
    } else {
        "gnu"
    };
    config.target(&format!("{}-unknown-linux-{libc}", std::env::consts::ARCH))?;
    for feature in features {
        #[allow(
            unsafe_code,
            reason = "the only way to name the features of a processor"
        )]
        // SAFETY: these flags allow instructions and change nothing else, and wasmtime itself refuses to load code with
        // instructions that the processor lacks.
        unsafe {
            config.cranelift_flag_enable(feature);
        }
    }
    Ok(())
}
