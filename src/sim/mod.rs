//! The virtual target: a small computer drawn in pixels that reads real HID reports. Implements [`target`](crate::target); only `app` calls it.
