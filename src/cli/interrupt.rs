//! Ctrl-C, `kill` and a hangup: drafts and temporary folders are removed before the program ends as the signal asks.

use anyhow::Result;

/// From now on, an interrupt removes the drafts and the temporary folders that are open.
#[cfg(unix)]
pub(super) fn watch() -> Result<()> {
    use anyhow::Context;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut watched = vec![SIGINT, SIGTERM];
    // Under `nohup` the program goes on.
    if !is_ignored(SIGHUP) {
        watched.push(SIGHUP);
    }
    let mut signals = Signals::new(watched).context("cannot watch for interrupts")?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            let _no_more_drafts = super::draft::remove_all();
            let _no_more_folders = super::scratch::remove_all();
            // Ends by the signal itself, which a shell reports as 128 + its number, and which ends a loop in a script.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            std::process::exit(128 + signal);
        }
    };
    let thread = std::thread::Builder::new().name("interrupt".to_owned());
    thread.spawn(wait).context("cannot watch for interrupts")?;
    Ok(())
}

/// Whether whoever started the program had it ignore a signal. Where the system does not say, it counts as ignored: a
/// folder that stays behind is better than a program that ends although it should not.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status, signal).unwrap_or(true)
}

/// What Linux says of a signal in the status of a process (proc(5)): bit 0 is signal 1.
#[cfg(unix)]
fn ignored_in(status: &str, signal: i32) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = u64::from_str_radix(mask?.trim(), 16).ok()?;
    Some(mask >> (signal - 1) & 1 == 1)
}

/// Elsewhere the system ends the program; a draft may stay behind, but never under the name of the recording.
#[cfg(not(unix))]
pub(super) fn watch() -> Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_signal_is_found_in_the_status_of_the_process() {
        let status = "Name:\tcascade\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001003\n";
        let ignored = [1, 2, 3, 13, 15].map(|signal| ignored_in(status, signal));
        assert_eq!(ignored, [true, true, false, true, false].map(Some));
        assert_eq!(ignored_in("", 1), None);
    }
}
