//! Composition root: the only file that knows services and devices.
