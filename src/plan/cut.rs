//! A plan without what is not heard: some of its time and some of its channels, sample for sample as in the whole.

use super::excerpt::Excerpt;
use super::tone::Tone;
use super::voice::Voice;
use super::work::Plan;

impl Plan<'_> {
    /// The plan of an excerpt: what is not heard in it is left out. What is left keeps its place in time and its order
    /// in the sums, so that an excerpt in time has the bits of the whole.
    #[must_use]
    pub fn excerpt(mut self, excerpt: &Excerpt) -> Self {
        self.excerpt = *excerpt;
        let begin = excerpt.from.saturating_sub(excerpt.lead_in);
        let voices = std::mem::take(&mut self.voices);
        let heard = voices.into_iter().filter(|voice| {
            let channel = self.buses[voice.bus as usize].part.channel;
            let sounds = voice.onset < excerpt.to && voice.onset + self.length(voice) > begin;
            sounds && excerpt.channels.contains(channel)
        });
        self.voices = heard.collect();
        self.forget_unused_tones();
        self
    }

    /// Leaves out the tones that no voice uses, and counts anew how the others are used.
    fn forget_unused_tones(&mut self) {
        let unused = |tone: &Tone| Tone {
            uses: 0,
            last_use: 0,
            ..tone.clone()
        };
        let mut tones: Vec<Tone> = self.tones.iter().map(unused).collect();
        for voice in &self.voices {
            let tone = &mut tones[voice.tone as usize];
            tone.uses = tone.uses.saturating_add(1);
            tone.last_use = tone.last_use.max(voice.onset + self.length(voice));
        }
        let mut places = Vec::with_capacity(tones.len());
        let mut place = 0;
        for tone in &tones {
            places.push(place);
            place += u32::from(tone.uses > 0);
        }
        let moved = |voice: &mut Voice| voice.tone = places[voice.tone as usize];
        self.voices.iter_mut().for_each(moved);
        tones.retain(|tone| tone.uses > 0);
        self.tones = tones;
    }
}
