//! Long texts of which only some bytes need a look, such as a picture of megabytes in a query: many bytes at a time.
//!
//! Every byte of a block is judged before any is looked at, without a branch, which compilers turn into a few instructions
//! for the whole block. So a judgement is written with `|` and `&`, not with `||` and `&&`.

/// How many bytes are judged at once. Of fewer the compiler makes single comparisons.
pub(crate) const BLOCK: usize = 64;

/// One bit for each byte of a block that stands out.
#[inline]
fn marks(block: &[u8; BLOCK], stands_out: impl Fn(u8) -> bool) -> u64 {
    let mut marks = [0; BLOCK];
    for (mark, &byte) in marks.iter_mut().zip(block) {
        *mark = u8::from(stands_out(byte));
    }
    let (eights, _) = marks.as_chunks();
    // The product has the eight lowest bits of eight bytes side by side in its highest byte.
    let pack = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |bits, eight| bits << 8 | pack(eight))
}

/// How many bytes go by before one that stands out.
#[inline]
pub(crate) fn run(bytes: &[u8], stands_out: impl Fn(u8) -> bool + Copy) -> usize {
    let (front, behind) = bytes.split_at(bytes.len().min(BLOCK / 4));
    let one_by_one = |bytes: &[u8]| bytes.iter().take_while(|&&byte| !stands_out(byte)).count();
    // Most texts are short.
    let same = one_by_one(front);
    if same < front.len() {
        return same;
    }
    let clean = |block: &&[u8; BLOCK]| !block.iter().fold(false, |any, &byte| any | stands_out(byte));
    let (blocks, _) = behind.as_chunks();
    let far = blocks.iter().take_while(clean).count() * BLOCK;
    same + far + one_by_one(behind.get(far..).unwrap_or_default())
}

/// Copies a text, but for bytes that stand out. At such a byte `instead` is given the text from there on, appends what is to
/// stand in its place, and says how many bytes that was for. `None` as soon as it gives `None`.
#[inline]
pub(crate) fn rewrite(
    out: &mut Vec<u8>,
    text: &[u8],
    stands_out: impl Fn(u8) -> bool + Copy,
    mut instead: impl FnMut(&mut Vec<u8>, &[u8]) -> Option<usize>,
) -> Option<()> {
    let mut rest = text;
    while let Some(block) = rest.first_chunk() {
        let (mut marked, mut done) = (marks(block, stands_out), 0);
        while marked != 0 {
            let next = marked.trailing_zeros() as usize;
            marked &= marked - 1;
            if next >= done {
                copy(out, rest.get(done..)?, next - done);
                done = next + instead(out, rest.get(next..)?)?;
            }
        }
        copy(out, rest.get(done..)?, BLOCK.saturating_sub(done));
        rest = rest.get(done.max(BLOCK)..)?;
    }
    while let Some((&byte, behind)) = rest.split_first() {
        if stands_out(byte) {
            let used = instead(out, rest)?;
            rest = rest.get(used..)?;
        } else {
            out.push(byte);
            rest = behind;
        }
    }
    Some(())
}

/// Appends the first `count` bytes, no more than a block. A whole block is copied in a few instructions, and what was too
/// much taken off again.
#[inline]
fn copy(out: &mut Vec<u8>, text: &[u8], count: usize) {
    if let Some(block) = text.first_chunk::<BLOCK>() {
        let length = out.len() + count;
        out.extend_from_slice(block);
        out.truncate(length);
    } else {
        out.extend_from_slice(text.get(..count).unwrap_or(text));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[expect(
        clippy::needless_bitwise_bool,
        reason = "without branches for the compiler to put many bytes into one instruction"
    )]
    fn stands_out(byte: u8) -> bool {
        (byte == b'a') | (byte == b'b')
    }

    /// Letters of which some stand out, behind some that do not.
    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let letters = prop::collection::vec(b'a'..b'k', 0..300);
        (0_usize..300, letters).prop_map(|(quiet, letters)| [vec![b'x'; quiet], letters].concat())
    }

    proptest! {
        #[test]
        fn a_run_ends_where_the_first_byte_stands_out(text in texts()) {
            let expected = text.iter().position(|&byte| stands_out(byte)).unwrap_or(text.len());
            prop_assert_eq!(run(&text, stands_out), expected);
        }

        /// `a` stands for itself and what follows it.
        #[test]
        fn a_text_is_rewritten_wherever_its_blocks_end(text in texts()) {
            let instead = |out: &mut Vec<u8>, rest: &[u8]| {
                let used = if rest.first() == Some(&b'a') { 2 } else { 1 };
                out.extend_from_slice(b"--");
                (used <= rest.len()).then_some(used)
            };
            let mut slow = Vec::new();
            let mut at = 0;
            let mut broken = false;
            while let Some(&byte) = text.get(at) {
                match byte {
                    b'a' | b'b' => slow.extend_from_slice(b"--"),
                    other => slow.push(other),
                }
                at += if byte == b'a' { 2 } else { 1 };
                broken |= at > text.len();
            }
            let mut out = Vec::new();
            let done = rewrite(&mut out, &text, stands_out, instead);
            prop_assert_eq!(done.is_none(), broken);
            if !broken {
                prop_assert_eq!(out, slow);
            }
        }
    }
}
