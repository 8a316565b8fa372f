//! The data of a scan, bit by bit. Source: ITU-T T.81, sections B.1.1.5 (what a `FF` in the data is), C.2 and F.2.2.3 (codes).

/// A Huffman code: how many words there are of each length, and what they stand for, in order.
#[derive(Clone, Default)]
pub(super) struct Code {
    counts: [u8; 16],
    values: Vec<u8>,
}

impl Code {
    /// Reads one; gives what follows it.
    pub(super) fn read(segment: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = segment.split_first_chunk()?;
        let all = counts.iter().map(|count| usize::from(*count)).sum();
        let (values, behind) = rest.split_at_checked(all)?;
        Some((Self { counts: *counts, values: values.to_vec() }, behind))
    }
}

/// What is left of the data. Nothing is read behind its end, which a marker is.
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    pub(super) const fn of(data: &'a [u8]) -> Self {
        Self { rest: data, byte: 0, left: 0 }
    }

    /// What follows the bytes that were begun.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            (self.byte, self.rest) = match *self.rest {
                [0xff, 0x00, ref behind @ ..] => (0xff, behind),
                [0xff, ..] | [] => return None,
                [byte, ref behind @ ..] => (byte, behind),
            };
            self.left = 8;
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    /// A number of so many bits, at most sixteen.
    pub(super) fn take(&mut self, count: u8) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }

    pub(super) fn skip(&mut self, count: u8) -> Option<()> {
        self.take(count).map(drop)
    }

    /// What the next word of a code stands for.
    fn word(&mut self, code: &Code) -> Option<u8> {
        let (mut word, mut first, mut before) = (0, 0, 0);
        for count in code.counts {
            let count = u32::from(count);
            word = word << 1 | self.bit()?;
            if word < first + count {
                return code.values.get(usize::try_from(before + word.checked_sub(first)?).ok()?).copied();
            }
            before += count;
            first = (first + count) << 1;
        }
        None
    }

    /// A difference from the block before: its size, and so many bits.
    pub(super) fn difference(&mut self, code: &Code) -> Option<()> {
        let size = self.word(code)?;
        self.skip(size).filter(|()| size <= 15)
    }

    /// How many zeros, and the size of what follows them.
    pub(super) fn pair(&mut self, code: &Code) -> Option<(u8, u8)> {
        self.word(code).map(|word| (word >> 4, word & 15))
    }

    /// The restart marker that is due; they are counted from 0 to 7 again and again.
    pub(super) fn restart(&mut self, number: usize) -> Option<()> {
        let mut rest = self.rest.strip_prefix(b"\xff")?;
        while let [0xff, behind @ ..] = rest {
            rest = behind;
        }
        let (marker, behind) = rest.split_first()?;
        (usize::from(*marker) == 0xd0 + number % 8).then_some(())?;
        (self.rest, self.left) = (behind, 0);
        Some(())
    }
}
