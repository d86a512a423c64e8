//! The appliance's own network: getting an IPv4 address.
//!
//! `app` starts it when init says that nothing else manages the network, and gives the link what a
//! lease says. Knows nothing of the kernel's routing; never touches anything but its own socket.

pub mod dhcp;
