//! Who may do what, on virtual hardware: one machine, sentence by sentence.
#![allow(clippy::unwrap_used)]

mod split;
