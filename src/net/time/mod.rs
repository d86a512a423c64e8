//! What time it is. Pure, but for the file that remembers.
//!
//! The appliance has no clock that survives power-off. Nothing waits for the right time: sessions, limits
//! and the claim are counted on the monotonic clock, and certificates start early; but a date is wanted.
//!
//! ```text
//! power-on ──▶ at least the floor ──servers agree──▶ synchronized ──a day without an answer──▶ not
//!              (built, latest seen)     step or slew, again every 17 minutes
//! ```

mod discipline;
mod floor;
mod keeper;

pub(super) use floor::Latest;
pub(super) use keeper::{Answers, Keeper, Step};

pub use floor::BUILT;
