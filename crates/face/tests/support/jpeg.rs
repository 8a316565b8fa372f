//! A JPEG without a library: enough for large pictures of coarse content.

/// A grey JPEG of blocks of 8 x 8 pixels, each of one shade (0 to 255): the shade's difference to the block before, then
/// the mark that nothing follows, in codes of four bits and one.
pub(crate) fn blocks(across: u16, down: u16, shade: impl Fn(u16, u16) -> u16) -> Vec<u8> {
    written(Coding::Baseline, across, down, shade)
}

/// The same as a progressive one, of a single scan: the shades alone.
pub(crate) fn progressive_blocks(across: u16, down: u16, shade: impl Fn(u16, u16) -> u16) -> Vec<u8> {
    written(Coding::Progressive, across, down, shade)
}

#[derive(Clone, Copy, PartialEq)]
enum Coding {
    Baseline,
    Progressive,
}

fn written(coding: Coding, across: u16, down: u16, shade: impl Fn(u16, u16) -> u16) -> Vec<u8> {
    let progressive = coding == Coding::Progressive;
    let mut bytes = b"\xff\xd8\xff\xdb\x00\x43\x00".to_vec();
    bytes.extend([8; 64]);
    bytes.extend([0xff, if progressive { 0xc2 } else { 0xc0 }]);
    bytes.extend(b"\x00\x0b\x08");
    bytes.extend((down * 8).to_be_bytes());
    bytes.extend((across * 8).to_be_bytes());
    bytes.extend(b"\x01\x01\x11\x00");
    bytes.extend(b"\xff\xc4\x00\x1c\x00\x00\x00\x00\x09");
    bytes.extend([0; 12]);
    bytes.extend(0..9_u8);
    bytes.extend(b"\xff\xc4\x00\x14\x10\x01");
    bytes.extend([0; 16]);
    bytes.extend(b"\xff\xda\x00\x08\x01\x01\x00\x00");
    bytes.extend([if progressive { 0 } else { 0x3f }, 0]);
    let (mut held, mut count, mut last) = (0_u64, 0, 128_u16);
    for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
        let value = shade(x, y).min(255);
        let step = value.abs_diff(last);
        let size = 16 - step.leading_zeros();
        // A negative step is written as its distance from the least of its size.
        let bits = if value < last { (1 << size) - 1 - step } else { step };
        last = value;
        // The size's code is the size itself in four bits.
        held = ((held << 4 | u64::from(size)) << size) | u64::from(bits);
        count += 4 + size;
        if !progressive {
            held <<= 1;
            count += 1;
        }
        while count >= 8 {
            count -= 8;
            let [.., byte] = (held >> count).to_be_bytes();
            bytes.push(byte);
            if byte == 0xff {
                bytes.push(0);
            }
        }
        held &= (1 << count) - 1;
    }
    let [.., rest] = ((held << (8 - count)) | (0xff >> count)).to_be_bytes();
    bytes.push(rest);
    bytes.extend(b"\xff\xd9");
    bytes
}
