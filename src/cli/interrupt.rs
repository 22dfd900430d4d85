//! Ctrl-C and `kill`: drafts are removed before the program ends as the signal asks.

use anyhow::Result;

/// From now on, an interrupt removes the drafts that are open. Hangups are not watched: `nohup` ignores them.
#[cfg(unix)]
pub(super) fn watch() -> Result<()> {
    use anyhow::Context;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot watch for interrupts")?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            let _no_more_drafts = super::draft::remove_all();
            // Ends by the signal itself, which a shell reports as 128 + its number, and which ends a loop in a script.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            std::process::exit(128 + signal);
        }
    };
    let thread = std::thread::Builder::new().name("interrupt".to_owned());
    thread.spawn(wait).context("cannot watch for interrupts")?;
    Ok(())
}

/// Elsewhere the system ends the program; a draft may stay behind, but never under the name of the recording.
#[cfg(not(unix))]
pub(super) fn watch() -> Result<()> {
    Ok(())
}
