//! The orientation in a photo's EXIF block. Only this one number is read; everything else in the block is skipped.

/// How the stored picture must be turned to stand upright: the EXIF value, 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Orientation {
    /// As stored.
    pub(crate) const UPRIGHT: Self = Self(1);

    /// Reads a TIFF block, with or without `Exif\0\0` before it. What cannot be read counts as upright: many programs
    /// write half an EXIF block, and the pixels are good all the same.
    pub(crate) fn read(block: &[u8]) -> Self {
        let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        orientation(tiff).map_or(Self::UPRIGHT, Self)
    }

    /// Whether width and height change places.
    pub(crate) fn swaps_sides(self) -> bool {
        self.0 >= 5
    }

    /// Where the pixel at `x`, `y` of the upright picture is in the stored one of `width` x `height`.
    pub(crate) fn stored_at(self, x: usize, y: usize, width: usize, height: usize) -> (usize, usize) {
        let (right, bottom) = (width - 1, height - 1);
        match self.0 {
            2 => (right - x, y),
            3 => (right - x, bottom - y),
            4 => (x, bottom - y),
            5 => (y, x),
            6 => (y, bottom - x),
            7 => (right - y, bottom - x),
            8 => (right - y, x),
            _ => (x, y),
        }
    }
}

/// Tag 0x0112, type SHORT, in the first directory.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let pair: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    let four: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let start = if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) };
    let start = usize::try_from(start).ok()?;
    let entries = usize::from(short(start)?);
    for entry in 0..entries {
        let at = start.checked_add(2 + entry * 12)?;
        if short(at)? == 0x0112 && short(at.checked_add(2)?)? == 3 {
            let value = short(at.checked_add(8)?)?;
            return u8::try_from(value).ok().filter(|value| (1..=8).contains(value));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(value: u8) -> Vec<u8> {
        let mut block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        block.extend([value, 0, 0]);
        block
    }

    #[test]
    fn the_orientation_is_read_and_bounded() {
        assert_eq!(Orientation::read(&block(6)), Orientation(6));
        assert_eq!(Orientation::read(&block(9)), Orientation::UPRIGHT);
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0";
        assert_eq!(Orientation::read(little), Orientation(8));
    }

    #[test]
    fn a_block_cut_anywhere_counts_as_upright_or_as_whole() {
        let whole = block(3);
        for end in 0..whole.len() {
            let read = Orientation::read(whole.get(..end).unwrap_or_default());
            assert!(read == Orientation::UPRIGHT || read == Orientation(3));
        }
        let far = b"MM\0*\xff\xff\xff\xff";
        assert_eq!(Orientation::read(far), Orientation::UPRIGHT);
    }

    #[test]
    fn every_orientation_is_a_permutation_of_the_pixels() {
        for value in 1..=8 {
            let turn = Orientation(value);
            let (width, height) = (5, 3);
            let (across, down) = if turn.swaps_sides() { (height, width) } else { (width, height) };
            let mut seen = std::collections::HashSet::new();
            for y in 0..down {
                for x in 0..across {
                    let (sx, sy) = turn.stored_at(x, y, width, height);
                    assert!(sx < width && sy < height);
                    seen.insert((sx, sy));
                }
            }
            assert_eq!(seen.len(), width * height);
        }
    }
}
