//! Updates against the real keeper of the slots, on a card in memory: every source, every fault.

mod downloads;
pub(crate) mod rig;
mod server;
mod uploads;
