//! The whole face on loopback, with a source and a USB cable that the test holds.

mod access;
mod client;
mod control;
mod diagnostics;
mod edid;
mod flood;
mod h264;
mod heads;
mod mouse;
mod network;
mod paste;
mod pictures;
mod power;
mod reset;
mod rig;
mod serving;
mod sins;
mod size;
mod trust;
mod update;
mod usb;
mod users;
mod video;
mod wake;
mod walk;
mod wifi;
