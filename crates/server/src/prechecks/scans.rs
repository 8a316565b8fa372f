//! Whether every row of a JPEG is there.
//!
//! Where the data of a scan ends early, decoders paint what is missing and tell nobody. So each scan is walked here to its last
//! block, and nothing is painted: of every Huffman code it is only known how many bits it stands for.
//!
//! Source: ITU-T T.81, sections B.2 (segments), F.2.2 (sequential) and G.1.2 (progressive, with what a later scan refines).

mod bits;

use self::bits::{Bits, Code};

/// More scans than any camera writes.
pub(super) const MOST_SCANS: usize = 64;
/// The last coefficient of a block.
const LAST: u8 = 63;

/// Whether all of it is there: every block of every scan, every part of the colour, and the end. A way of writing that is not known
/// here is not whole either.
pub(super) fn all_there(jpeg: &[u8]) -> bool {
    Walk::default().all_of(jpeg).is_some()
}

/// What the segments so far have said.
#[derive(Default)]
struct Walk {
    dc: [Code; 4],
    ac: [Code; 4],
    /// After so many units a restart marker stands in the data; 0 for never.
    restart: usize,
    frame: Option<Frame>,
    scans: usize,
}

/// The picture, in blocks of eight by eight.
struct Frame {
    progressive: bool,
    width: usize,
    height: usize,
    /// The largest sampling factors.
    most: [usize; 2],
    parts: Vec<Part>,
}

/// A part of the colour.
struct Part {
    id: u8,
    /// How many blocks it has in a unit, across and down.
    sampling: [usize; 2],
    /// How many blocks are in a row of whole units.
    stride: usize,
    /// Which coefficients of each block are not zero, a bit each: a scan that refines has a bit for each of these.
    known: Vec<u64>,
    begun: bool,
}

/// What a scan has of its blocks.
#[derive(Clone, Copy)]
enum Pass {
    Whole,
    FirstDc,
    MoreDc,
    FirstAc,
    MoreAc,
}

/// One scan's manner.
#[derive(Clone, Copy)]
struct Band {
    pass: Pass,
    from: u8,
    to: u8,
}

impl Walk {
    fn all_of(mut self, jpeg: &[u8]) -> Option<()> {
        let mut rest = jpeg.strip_prefix(b"\xff\xd8")?;
        loop {
            let (marker, behind) = next_marker(rest)?;
            rest = behind;
            match marker {
                0x01 | 0xd0..=0xd7 => continue,
                0xd9 => return self.frame?.parts.iter().all(|part| part.begun).then_some(()),
                _ => {}
            }
            let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
            let (segment, behind) = rest.split_at_checked(length)?;
            let segment = segment.get(2..)?;
            rest = behind;
            match marker {
                0xc0..=0xc2 if self.frame.is_none() => self.frame = Some(Frame::read(segment, marker == 0xc2)?),
                0xc4 => self.read_codes(segment)?,
                0xdd => self.restart = usize::from(u16::from_be_bytes(*segment.first_chunk()?)),
                0xda => rest = self.scan(segment, rest)?,
                0xc0..=0xcf | 0xd8 => return None,
                _ => {}
            }
        }
    }

    fn read_codes(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [place, rest @ ..] = segment {
            let (code, behind) = Code::read(rest)?;
            let codes = if place >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *codes.get_mut(usize::from(place & 15))? = code;
            segment = behind;
        }
        Some(())
    }

    /// Walks a scan; gives what follows its data.
    fn scan<'a>(&mut self, header: &[u8], data: &'a [u8]) -> Option<&'a [u8]> {
        self.scans += 1;
        let frame = self.frame.as_mut().filter(|_| self.scans <= MOST_SCANS)?;
        let (count, header) = header.split_first()?;
        let (specs, manner) = header.split_at_checked(usize::from(*count) * 2)?;
        let &[from, to, approximation] = manner.first_chunk()?;
        let band = Band::of(frame.progressive, from, to, approximation >> 4)?;
        let mut picked = Vec::with_capacity(4);
        for spec in specs.chunks_exact(2) {
            let &[id, codes] = spec.first_chunk()?;
            let place = frame.parts.iter().position(|part| part.id == id)?;
            picked.push((place, self.dc.get(usize::from(codes >> 4))?, self.ac.get(usize::from(codes & 15))?));
        }
        let alone = picked.len() == 1;
        if picked.is_empty() || (!alone && matches!(band.pass, Pass::FirstAc | Pass::MoreAc)) {
            return None;
        }
        let (across, down) = frame.units(alone.then(|| picked.first().map(|(place, ..)| *place)).flatten())?;
        let mut bits = Bits::of(data);
        let mut run = 0;
        for unit in 0..across.checked_mul(down)? {
            if unit > 0 && self.restart > 0 && unit % self.restart == 0 {
                bits.restart(unit / self.restart - 1)?;
                run = 0;
            }
            let (column, row) = (unit % across, unit / across);
            for &(place, dc, ac) in &picked {
                let part = frame.parts.get_mut(place)?;
                part.begun |= band.from == 0;
                let [wide, high] = if alone { [1, 1] } else { part.sampling };
                for block in 0..wide * high {
                    let at = (row * high + block / wide) * part.stride + column * wide + block % wide;
                    let mut unkept = 0;
                    let known = if frame.progressive { part.known.get_mut(at)? } else { &mut unkept };
                    band.walk(&mut bits, dc, ac, known, &mut run)?;
                }
            }
        }
        Some(bits.rest())
    }
}

impl Frame {
    fn read(segment: &[u8], progressive: bool) -> Option<Self> {
        let &[precision, h1, h2, w1, w2, count] = segment.first_chunk()?;
        let (height, width) = (usize::from(u16::from_be_bytes([h1, h2])), usize::from(u16::from_be_bytes([w1, w2])));
        let specs = segment.get(6..6 + usize::from(count) * 3)?;
        let fits = |sampling: u8| (1..=4).contains(&sampling).then(|| usize::from(sampling));
        let mut parts = Vec::with_capacity(4);
        for spec in specs.chunks_exact(3) {
            let &[id, sampling, _] = spec.first_chunk()?;
            let sampling = [fits(sampling >> 4)?, fits(sampling & 15)?];
            parts.push(Part { id, sampling, stride: 0, known: Vec::new(), begun: false });
        }
        if precision != 8 || height == 0 || width == 0 || !matches!(parts.len(), 1..=4) {
            return None;
        }
        let most = |side: usize| parts.iter().filter_map(|part| part.sampling.get(side)).max().copied();
        let mut frame = Self { progressive, width, height, most: [most(0)?, most(1)?], parts };
        let (across, down) = frame.units(None)?;
        for part in &mut frame.parts {
            let [wide, high] = part.sampling;
            part.stride = across * wide;
            part.known = vec![0; if progressive { part.stride * down * high } else { 0 }];
        }
        Some(frame)
    }

    /// How many units a scan has across and down: of all its parts together, or of one that stands alone, and then a unit is a
    /// block.
    fn units(&self, alone: Option<usize>) -> Option<(usize, usize)> {
        let [wide, high] = self.most;
        match alone {
            None => Some((self.width.div_ceil(8 * wide), self.height.div_ceil(8 * high))),
            Some(place) => {
                let [across, down] = self.parts.get(place)?.sampling;
                let blocks = |size: usize, own: usize, most: usize| (size * own).div_ceil(most).div_ceil(8);
                Some((blocks(self.width, across, wide), blocks(self.height, down, high)))
            }
        }
    }
}

impl Band {
    fn of(progressive: bool, from: u8, to: u8, before: u8) -> Option<Self> {
        let pass = match (progressive, from, before) {
            (false, ..) => return Some(Self { pass: Pass::Whole, from: 0, to: LAST }),
            (true, 0, 0) => Pass::FirstDc,
            (true, 0, _) => Pass::MoreDc,
            (true, _, 0) => Pass::FirstAc,
            (true, ..) => Pass::MoreAc,
        };
        (from <= to && to <= LAST).then_some(Self { pass, from, to })
    }

    /// Walks one block. `run` is how many more blocks have nothing new.
    fn walk(self, bits: &mut Bits<'_>, dc: &Code, ac: &Code, known: &mut u64, run: &mut u32) -> Option<()> {
        match self.pass {
            Pass::Whole => {
                bits.difference(dc)?;
                whole(bits, ac)
            }
            Pass::FirstDc => bits.difference(dc),
            Pass::MoreDc => bits.skip(1),
            Pass::FirstAc => self.first(bits, ac, known, run),
            Pass::MoreAc => self.more(bits, ac, known, run),
        }
    }

    fn first(self, bits: &mut Bits<'_>, ac: &Code, known: &mut u64, run: &mut u32) -> Option<()> {
        if *run > 0 {
            *run -= 1;
            return Some(());
        }
        let mut at = self.from;
        while at <= self.to {
            let (zeros, size) = bits.pair(ac)?;
            match (zeros, size) {
                (15, 0) => at += 16,
                (more, 0) => {
                    *run = (1 << more) - 1 + bits.take(more)?;
                    return Some(());
                }
                _ => {
                    at += zeros;
                    *known |= bit(at)?;
                    bits.skip(size)?;
                    at += 1;
                }
            }
        }
        Some(())
    }

    fn more(self, bits: &mut Bits<'_>, ac: &Code, known: &mut u64, run: &mut u32) -> Option<()> {
        let mut at = self.from;
        while *run == 0 && at <= self.to {
            let (mut zeros, size) = bits.pair(ac)?;
            if size == 0 && zeros < 15 {
                *run = (1 << zeros) + bits.take(zeros)?;
                break;
            }
            bits.skip(size)?;
            while at <= self.to {
                if *known & bit(at)? != 0 {
                    bits.skip(1)?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                at += 1;
            }
            if size > 0 {
                *known |= bit(at)?;
            }
            at += 1;
        }
        if *run > 0 {
            while at <= self.to {
                if *known & bit(at)? != 0 {
                    bits.skip(1)?;
                }
                at += 1;
            }
            *run -= 1;
        }
        Some(())
    }
}

/// The rest of a block that one scan has all of.
fn whole(bits: &mut Bits<'_>, ac: &Code) -> Option<()> {
    let mut at = 1;
    while at <= LAST {
        match bits.pair(ac)? {
            (15, 0) => at += 16,
            (_, 0) => break,
            (zeros, size) => {
                at += zeros + 1;
                bits.skip(size)?;
            }
        }
    }
    Some(())
}

const fn bit(at: u8) -> Option<u64> {
    1_u64.checked_shl(at as u32)
}

/// The next marker, and what is behind it. What stands in front of one is overlooked, as decoders do.
fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        rest = rest.get(memchr::memchr(0xff, rest)? + 1..)?;
        match rest {
            [0x00 | 0xff, ..] => {}
            [marker, behind @ ..] => return Some((*marker, behind)),
            [] => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use proptest::prelude::*;

    use super::*;

    /// The same pictures as a camera, a web page and a scanner write them: sequential with half the colour, progressive in ten
    /// scans, and with a restart after every unit.
    const WRITTEN: [&str; 3] =
        [include_str!("gradient.base64"), include_str!("progressive.base64"), include_str!("restarts.base64")];

    fn pictures() -> Vec<Vec<u8>> {
        WRITTEN.iter().map(|text| BASE64_STANDARD.decode(text).unwrap()).collect()
    }

    /// Where the data of each scan begins.
    fn scans(jpeg: &[u8]) -> Vec<usize> {
        let starts = jpeg.windows(2).enumerate().filter(|(_, pair)| *pair == [0xff, 0xda]);
        starts.map(|(at, _)| at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]))).collect()
    }

    #[test]
    fn whole_pictures_are_all_there_with_whatever_follows() {
        for picture in pictures() {
            assert!(all_there(&picture));
            assert!(all_there(&[&picture[..], b"trailing\xff\xd8"].concat()));
        }
        assert_eq!(pictures().iter().map(|picture| scans(picture).len()).collect::<Vec<_>>(), [1, 10, 1]);
    }

    #[test]
    fn a_scan_that_ends_early_is_known_wherever_it_was_cut_though_the_end_stands_behind() {
        for picture in pictures() {
            let data = *scans(&picture).last().unwrap();
            for cut in data..picture.len() - 2 {
                assert!(!all_there(&[&picture[..cut], b"\xff\xd9"].concat()), "{cut} of {}", picture.len());
                assert!(!all_there(&picture[..cut]), "{cut} without an end");
            }
        }
    }

    #[test]
    fn a_byte_missing_at_the_end_of_any_scan_of_a_progressive_picture_is_known() {
        let picture = &pictures()[1];
        for start in scans(picture) {
            let marker = |pair: &[u8]| pair[0] == 0xff && pair[1] != 0;
            let end = start + picture[start..].windows(2).position(marker).unwrap();
            let mut cut = picture.clone();
            cut.remove(end - 1);
            assert!(!all_there(&cut), "the scan from {start} to {end}");
        }
    }

    #[test]
    fn a_restart_that_is_missing_or_out_of_turn_is_known() {
        let picture = &pictures()[2];
        let at = picture.windows(2).position(|pair| pair == [0xff, 0xd1]).unwrap();
        for spoilt in [[0xff, 0xd2], [0xff, 0xd9]] {
            let mut other = picture.clone();
            other[at..at + 2].copy_from_slice(&spoilt);
            assert!(!all_there(&other));
        }
    }

    #[test]
    fn a_picture_without_all_its_colour_is_not_all_there() {
        let mut picture = pictures()[0].clone();
        let start = picture.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
        assert_eq!(picture[start + 4], 3, "three parts in one scan");
        picture.drain(start..);
        picture.extend_from_slice(b"\xff\xd9");
        assert!(!all_there(&picture));
    }

    proptest! {
        #[test]
        fn no_spoilt_picture_panics(which in 0..3_usize, at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut picture = pictures()[which].clone();
            let at = at.index(picture.len());
            picture[at] = byte;
            let _ = all_there(&picture);
            let _ = all_there(&picture[..cut.index(picture.len())]);
        }
    }
}
