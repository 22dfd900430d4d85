//! When each tone is needed next. The whole song is known, so the best choice of what to drop can be computed: what is
//! needed last (L. A. Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", IBM Systems Journal 5,
//! 1966).

use crate::plan::Plan;

/// The onsets of the voices of each tone.
#[derive(Debug)]
pub(super) struct NextUse {
    /// Onsets by tone, in order of time.
    onsets: Vec<u64>,
    /// Where those of each tone begin, and the end of all.
    starts: Vec<u32>,
}

impl NextUse {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let mut starts = vec![0u32; plan.tones.len() + 1];
        for voice in &plan.voices {
            starts[voice.tone as usize + 1] += 1;
        }
        for tone in 1..starts.len() {
            starts[tone] += starts[tone - 1];
        }
        let (mut onsets, mut next) = (vec![0; plan.voices.len()], starts.clone());
        for voice in &plan.voices {
            let place = &mut next[voice.tone as usize];
            onsets[*place as usize] = voice.onset;
            *place += 1;
        }
        Self { onsets, starts }
    }

    /// The first frame from `now` on at which a tone begins again; the end of time if it does not.
    pub(super) fn next_use(&self, tone: u32, now: u64) -> u64 {
        let tone = tone as usize;
        let onsets = &self.onsets[self.starts[tone] as usize..self.starts[tone + 1] as usize];
        let later = onsets.partition_point(|onset| *onset < now);
        onsets.get(later).copied().unwrap_or(u64::MAX)
    }
}
