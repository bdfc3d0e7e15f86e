//! A plugin's log on a laptop: what would be lines in the function's log goes to standard error, where it is asked for.

/// Does the work, and shows what plugins write to their log meanwhile, if that is wanted.
pub(super) fn shown<T>(wanted: bool, work: impl FnOnce() -> T) -> T {
    if !wanted {
        return work();
    }
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter("sluice::plugin=info,sluice_pipeline::plugin=warn")
        .with_target(false)
        .without_time()
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, work)
}
