//! The effects as typed: reverb, chorus and delay.

use clap::{Args, ValueEnum};

use super::switch::Switch;
use crate::mix::effects::{Choice, ReverbChoice};
use crate::sound::effects::ReverbKind;

/// How the effects are set.
#[derive(Args, Debug)]
pub struct EffectArgs {
    /// Reverb, as much as each channel sends (CC91): on is the room that the song sets, or a large hall; also room,
    /// large-room, hall, large-hall, plate
    #[arg(
        long,
        value_name = "on|off|ROOM",
        default_value = "on",
        hide_possible_values = true
    )]
    pub reverb: Reverb,

    /// Chorus, as much as each channel sends (CC93)
    #[arg(
        long,
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub chorus: Switch,

    /// Delay, as much as each channel sends (CC94)
    #[arg(
        long,
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub delay: Switch,
}

/// Which reverb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum Reverb {
    On,
    Off,
    SmallRoom,
    Room,
    LargeRoom,
    Hall,
    LargeHall,
    Plate,
}

impl EffectArgs {
    /// What is heard.
    pub(in crate::cli) fn choice(&self) -> Choice {
        Choice {
            reverb: match self.reverb {
                Reverb::On => ReverbChoice::AsSet,
                Reverb::Off => ReverbChoice::Off,
                Reverb::SmallRoom => ReverbChoice::Kind(ReverbKind::SmallRoom),
                Reverb::Room => ReverbChoice::Kind(ReverbKind::MediumRoom),
                Reverb::LargeRoom => ReverbChoice::Kind(ReverbKind::LargeRoom),
                Reverb::Hall => ReverbChoice::Kind(ReverbKind::MediumHall),
                Reverb::LargeHall => ReverbChoice::Kind(ReverbKind::LargeHall),
                Reverb::Plate => ReverbChoice::Kind(ReverbKind::Plate),
            },
            chorus: self.chorus == Switch::On,
            delay: self.delay == Switch::On,
        }
    }
}
