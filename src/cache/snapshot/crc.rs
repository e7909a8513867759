//! CRC-32C, the checksum of snapshots: the polynomial of Castagnoli, Bräuer and Herrmann
//! ("Optimization of cyclic redundancy-check codes with 24 and 32 parity bits", 1993), as RFC 3720
//! has it. It finds every change that is confined to 32 bits in a row.

/// The polynomial 0x1EDC6F41 with its bits in reverse.
const POLYNOMIAL: u32 = 0x82F6_3B78;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = rest >> 1 ^ if rest & 1 == 1 { POLYNOMIAL } else { 0 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
};

/// A checksum that goes on over several pieces.
#[derive(Clone, Copy)]
pub(super) struct Crc(u32);

impl Crc {
    pub(super) const fn new() -> Self {
        Self(u32::MAX)
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let at = (self.0 as u8 ^ byte) as usize;
            self.0 = self.0 >> 8 ^ TABLE[at];
        }
    }

    pub(super) const fn value(self) -> u32 {
        !self.0
    }

    /// The checksum of one piece.
    pub(super) fn of(bytes: &[u8]) -> u32 {
        let mut crc = Self::new();
        crc.add(bytes);
        crc.value()
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    /// The vectors of RFC 3720, B.4, and the check value of the CRC catalogues.
    #[test]
    fn it_is_the_crc_of_the_rfc() {
        let up: Vec<u8> = (0..32).collect();
        let down: Vec<u8> = (0..32).rev().collect();
        assert_eq!(Crc::of(&[0; 32]), 0x8A91_36AA);
        assert_eq!(Crc::of(&[0xFF; 32]), 0x62A8_AB43);
        assert_eq!(Crc::of(&up), 0x46DD_794E);
        assert_eq!(Crc::of(&down), 0x113F_DB5C);
        assert_eq!(Crc::of(b"123456789"), 0xE306_9283);
        let mut in_pieces = Crc::new();
        in_pieces.add(b"1234");
        in_pieces.add(b"");
        in_pieces.add(b"56789");
        assert_eq!(in_pieces.value(), 0xE306_9283);
    }
}
