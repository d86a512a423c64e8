//! Farseat: the keyboard, mouse, screen and disk drive of another computer, served to a browser.
//!
//! Layers, and calls only point down (`tests/architecture.rs` settles arguments):
//!
//! ```text
//! 4 entry    main · app (joins services and devices) · init (PID 1)
//! 3 face     web (TLS, routes, sockets, the embedded page)
//! 2 service  stream · console · auth · audit · net · preseed · settings · system · update
//! 1 edge     device (real hardware) · confine (a process gives its rights away) · sim (the virtual target) · sys (every unsafe block)
//! 0 base     hid · keymap (layouts) · video · slot (the card) · journal (the log ring) · target, lan and radio (the cables, as traits)
//! ```
//!
//! Services know layer 0 only, never the edge: `app` hands them the cables.

pub mod app;
pub mod audit;
pub mod auth;
#[cfg(feature = "device")]
pub mod confine;
pub mod console;
#[cfg(feature = "device")]
pub mod device;
pub mod hid;
pub mod init;
pub mod journal;
pub mod keymap;
pub mod lan;
pub mod net;
pub mod preseed;
pub mod radio;
pub mod settings;
#[cfg(feature = "sim")]
pub mod sim;
pub mod slot;
pub mod stream;
pub mod sys;
pub mod system;
pub mod target;
pub mod update;
pub mod video;
pub mod web;
