//! A score and a bank become work: the distinct tones, the voices that use them, and the curves that move them.
//!
//! The layers of a preset that are placed and let go alike sound as one: they are a layer group, and a voice is one layer
//! group of one note. `resolve` turns a strike into numbers; what comes out equal is one tone.
//!
//! Flow: `layer_group` divides presets, `choke` finds the drums that cut each other off, `key_up` puts off what sounds when
//! keys go up, `planner` turns notes into voices, `resolve` and `tone` find their tones, `modulation` makes the curves that
//! move them, `bus` places them, `group` says what is summed before the mix, `order` brings all into the order of adding.
//! An `excerpt` leaves out what is not asked for.

mod bus;
mod choke;
pub mod controls;
mod cut;
mod excerpt;
mod group;
mod key_up;
mod layer_group;
mod modulation;
mod order;
mod planner;
mod resolve;
mod scale;
mod tone;
mod voice;
mod work;

pub use bus::{Bus, SPREAD, SendGains, Sides, WindowGains};
pub use excerpt::Excerpt;
pub use group::{Group, Grouping};
pub use layer_group::{LayerGroup, sounds};
pub use tone::{Tone, ToneIdentity};
pub use voice::{Ending, Voice};
pub use work::{Plan, ToneKey};
