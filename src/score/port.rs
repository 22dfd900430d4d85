//! Which port each track plays on.

use crate::midi::{EventKind, Smf};

/// The port that each track plays on: at first the one that it names before its first channel message.
///
/// FF 21 names a port by its number. Where no track has one, the names of devices (FF 09, RP-019) tell ports apart, in the
/// order in which they come.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// By track; nothing, where a track names none.
    named: Vec<Option<u8>>,
    /// The port of those: the lowest that others name. What is meant for all, as a track of resets, stands with the first.
    default: u8,
}

impl Ports {
    pub(super) fn of(smf: &Smf<'_>) -> Self {
        let heads: Vec<Head<'_>> = smf
            .tracks
            .iter()
            .map(|track| Head::of(track.events()))
            .collect();
        let mut devices: Vec<&[u8]> = Vec::new();
        for device in heads.iter().filter_map(|head| head.device) {
            if !devices.contains(&device) && devices.len() < usize::from(u8::MAX) {
                devices.push(device);
            }
        }
        let by_number = heads.iter().any(|head| head.port.is_some());
        let port = |head: &Head<'_>| match head.device {
            _ if by_number => head.port,
            Some(name) => devices
                .iter()
                .position(|device| *device == name)
                .map(|p| p as u8),
            None => None,
        };
        let named: Vec<Option<u8>> = heads.iter().map(port).collect();
        Self {
            default: named.iter().flatten().copied().min().unwrap_or(0),
            named,
        }
    }

    /// The port that a track plays on.
    pub(super) fn of_track(&self, track: usize) -> u8 {
        let named = self.named.get(track).copied().flatten();
        named.unwrap_or(self.default)
    }

    /// Whether a track has named its port.
    pub(super) fn is_named(&self, track: usize) -> bool {
        self.named.get(track).is_some_and(Option::is_some)
    }

    /// From now on a track plays on this port.
    pub(super) fn change(&mut self, track: usize, port: u8) {
        if let Some(named) = self.named.get_mut(track) {
            *named = Some(port);
        }
    }
}

/// What stands before the first channel message of a track.
#[derive(Debug, Default)]
struct Head<'a> {
    port: Option<u8>,
    device: Option<&'a [u8]>,
}

impl<'a> Head<'a> {
    fn of(events: crate::midi::Events<'a>) -> Self {
        let mut head = Self::default();
        for event in events {
            match event.kind {
                EventKind::Port(port) => head.port = Some(port),
                EventKind::DeviceName(name) => head.device = Some(name),
                EventKind::Channel { .. } => break,
                EventKind::SysEx(_)
                | EventKind::Tempo(_)
                | EventKind::TimeSignature { .. }
                | EventKind::TrackName(_)
                | EventKind::EndOfTrack => {}
            }
        }
        head
    }
}
