//! Which spends are surely not in a run: a Bloom filter in blocks of one cache line each, so that a question costs one miss.
//!
//! Keys are keyed hashes already, so that their own bytes say where they stand: the first four which block, the next eight
//! which bits of it. With ten bits a key one in a hundred of what is not there may seem to be.

use super::Key;

/// Bytes of a block: a line of the processor's cache.
const BLOCK: usize = 64;

/// Bits that are set for a key.
const BITS: u32 = 5;

/// Bits of the filter for each key.
const BITS_A_KEY: usize = 10;

pub(super) struct Filter(Box<[u8]>);

impl Filter {
    /// Room for so many keys, none of them in it.
    pub(super) fn with_room_for(keys: usize) -> Self {
        let blocks = (keys * BITS_A_KEY).div_ceil(BLOCK * 8).max(1);
        Self(vec![0; blocks * BLOCK].into())
    }

    /// The filter that these bytes are; none if they are no whole blocks.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        (!bytes.is_empty() && bytes.len().is_multiple_of(BLOCK)).then(|| Self(bytes.into()))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn add(&mut self, key: &Key) {
        let (start, bits) = self.place(key);
        for bit in bits {
            if let Some(byte) = self.0.get_mut(start + bit / 8) {
                *byte |= 1 << (bit % 8);
            }
        }
    }

    /// Whether the key may be in it; if not, it surely is not.
    pub(super) fn may_have(&self, key: &Key) -> bool {
        let (start, mut bits) = self.place(key);
        bits.all(|bit| self.0.get(start + bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0))
    }

    /// Where a key's block starts, and its bits in it.
    fn place(&self, key: &Key) -> (usize, impl Iterator<Item = usize> + use<>) {
        let number = u128::from_be_bytes(*key);
        let blocks = (self.0.len() / BLOCK) as u128;
        // The first 32 bits as a fraction of one, of so many blocks.
        let start = (((number >> 96) * blocks) >> 32) as usize * BLOCK;
        (start, (0..BITS).map(move |n| (number >> (9 * n + 32)) as usize % (BLOCK * 8)))
    }
}
