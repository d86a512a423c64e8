//! The magic packet of Wake-on-LAN. Pure.
//!
//! A network chip that sleeps looks for these bytes anywhere in a frame (AMD's Magic Packet, white paper 20213).

use crate::lan::HardwareAddress;

/// Six times 0xff, sixteen times the address.
pub(super) fn packet(address: HardwareAddress) -> [u8; 102] {
    let mut packet = [0xff; 102];
    for place in packet[6..].chunks_exact_mut(6) {
        place.copy_from_slice(&address.0);
    }
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packet_is_six_ff_and_sixteen_times_the_address() {
        let packet = packet(HardwareAddress([0, 1, 2, 3, 4, 5]));
        assert_eq!(packet[..6], [0xff; 6]);
        let rest: Vec<&[u8]> = packet[6..].chunks(6).collect();
        assert_eq!(rest, [[0, 1, 2, 3, 4, 5]; 16]);
    }
}
