//! The order of adding: buses by their groups, tones by their buses. A tone then serves buses that follow one another, and a bus
//! is done with soon after it was begun.

use super::work::Plan;

impl Plan<'_> {
    /// Brings the buses, so far in order of their first notes, into that of their groups.
    pub(super) fn sort_buses(&mut self) {
        let mut order: Vec<u32> = (0..self.buses.len() as u32).collect();
        // Stable: those of a group stay in order of their first notes.
        order.sort_by_key(|bus| self.buses[*bus as usize].group);
        self.buses.sort_by_key(|bus| bus.group);
        let places = places(&order);
        for voice in &mut self.voices {
            voice.bus = places[voice.bus as usize];
        }
    }

    /// Brings the tones, so far in order of their first use, into that of the first buses that they are heard on.
    pub(super) fn sort_tones(&mut self) {
        let mut first_buses = vec![u32::MAX; self.tones.len()];
        for voice in &self.voices {
            let first = &mut first_buses[voice.tone as usize];
            *first = voice.bus.min(*first);
        }
        let mut order: Vec<u32> = (0..self.tones.len() as u32).collect();
        // Stable: those of a bus stay in order of their first use.
        order.sort_by_key(|tone| first_buses[*tone as usize]);
        let sorted = order.iter().map(|tone| self.tones[*tone as usize].clone());
        self.tones = sorted.collect();
        let places = places(&order);
        for voice in &mut self.voices {
            voice.tone = places[voice.tone as usize];
        }
    }
}

/// Where each of those stands whose order is given.
fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        places[*index as usize] = place as u32;
    }
    places
}
