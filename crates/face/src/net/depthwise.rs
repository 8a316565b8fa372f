//! Depthwise convolution: each channel by a small kernel of its own.
//!
//! `rten` multiplies matrices at the processor's full width but goes through these one number at a time, and spent three
//! fifths of a photo's time in them. Here a channel is first laid out with its border, and with every `stride`-th column
//! beside each other, so that each tap of the kernel is one run of neighbours; then whole vectors are added up.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// The parameters of a depthwise convolution, and of the activation after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Depthwise {
    /// Down and across.
    pub(super) kernel: [usize; 2],
    /// Down and across.
    pub(super) strides: [usize; 2],
    /// Rows and columns of zeros around the picture: top, left, bottom, right.
    pub(super) pads: [usize; 4],
    /// A kernel for each channel.
    pub(super) weights: Vec<f32>,
    /// What each channel begins with.
    pub(super) bias: Vec<f32>,
    /// What each channel's values below zero are multiplied by; `None` where there is no activation.
    pub(super) slopes: Option<Vec<f32>>,
}

impl Depthwise {
    /// The channels.
    pub(super) fn channels(&self) -> usize {
        self.bias.len()
    }

    /// The size of what comes out; `None` if a picture of this size is smaller than the kernel.
    pub(super) fn output_size(&self, [height, width]: [usize; 2]) -> Option<[usize; 2]> {
        let [top, left, bottom, right] = self.pads;
        let fits = |length: usize, before: usize, after: usize, axis: usize| {
            let room = length.checked_add(before)?.checked_add(after)?.checked_sub(*self.kernel.get(axis)?)?;
            Some(room.checked_div(*self.strides.get(axis)?)? + 1)
        };
        Some([fits(height, top, bottom, 0)?, fits(width, left, right, 1)?])
    }

    /// Convolves all channels of `size` (down, across); `None` if there are more or fewer values than that.
    pub(super) fn run(&self, input: &[f32], size: [usize; 2]) -> Option<Vec<f32>> {
        let [height, width] = self.output_size(size)?;
        let kernels = self.channels() * self.kernel.iter().product::<usize>();
        let whole = input.len() == self.channels() * size.iter().product::<usize>() && self.weights.len() == kernels;
        whole.then(|| Work { of: self, input, size, out: [height, width] }.dispatch())
    }
}

/// One picture's work, done with the widest vectors that the processor has.
struct Work<'a> {
    of: &'a Depthwise,
    input: &'a [f32],
    size: [usize; 2],
    out: [usize; 2],
}

impl SimdOp for Work<'_> {
    type Output = Vec<f32>;

    #[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the vectors that were chosen")]
    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Vec<f32> {
        let ops = isa.f32();
        let Self { of, input, size: [height, width], out: [out_height, out_width] } = self;
        let plan = Layout::of(of, out_height, out_width.max(ops.len()));
        let offsets = plan.offsets(of.kernel);
        let mut laid_out = vec![0.0; plan.rows * plan.row()];
        let mut line = vec![0.0; out_width.max(ops.len())];
        let mut output = Vec::with_capacity(of.channels() * out_height * out_width);
        let inputs = input.chunks_exact(height * width);
        let kernels = of.weights.chunks_exact(offsets.len());
        for (channel, (input, kernel)) in inputs.zip(kernels).enumerate() {
            plan.lay_out(input, height, width, &mut laid_out);
            let slope = of.slopes.as_ref().and_then(|slopes| slopes.get(channel)).map(|slope| ops.splat(*slope));
            let bias = ops.splat(of.bias.get(channel).copied().unwrap_or_default());
            let taps: Vec<_> = kernel.iter().map(|weight| ops.splat(*weight)).collect();
            for y in 0..out_height {
                let rows = laid_out.get(y * plan.down * plan.row()..).unwrap_or_default();
                match (taps.as_array::<9>(), offsets.as_array::<9>()) {
                    (Some(taps), Some(offsets)) => convolve(ops, rows, taps, offsets, bias, slope, &mut line),
                    _ => convolve(ops, rows, &taps, &offsets, bias, slope, &mut line),
                }
                output.extend_from_slice(&line[..out_width]);
            }
        }
        output
    }
}

/// One line. The last vector may cover numbers that the one before it has written, with the same.
#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the vectors that were chosen")]
#[inline(always)]
fn convolve<O: NumOps<f32>>(
    ops: O,
    rows: &[f32],
    taps: &[O::Simd],
    offsets: &[usize],
    bias: O::Simd,
    slope: Option<O::Simd>,
    line: &mut [f32],
) {
    let zero = ops.zero();
    let lanes = ops.len();
    let mut at = 0;
    while at < line.len() {
        let x = at.min(line.len() - lanes);
        let mut sum = bias;
        for (tap, offset) in taps.iter().zip(offsets) {
            sum = ops.mul_add(*tap, ops.load(&rows[x + offset..]), sum);
        }
        if let Some(slope) = slope {
            sum = ops.mul_add(slope, ops.min(sum, zero), ops.max(sum, zero));
        }
        ops.store(sum, &mut line[x..]);
        at += lanes;
    }
}

/// How a channel is laid out: rows with their border, each as `across` runs (columns 0, `across`, …; 1, `across` + 1, …).
struct Layout {
    rows: usize,
    run: usize,
    down: usize,
    across: usize,
    top: usize,
    left: usize,
}

impl Layout {
    /// Long enough for whole vectors from every tap.
    fn of(of: &Depthwise, out_height: usize, out_width: usize) -> Self {
        let [down, across] = of.strides;
        let [kernel_height, kernel_width] = of.kernel;
        let [top, left, ..] = of.pads;
        let rows = (out_height - 1) * down + kernel_height;
        Self { rows, run: out_width + (kernel_width - 1) / across, down, across, top, left }
    }

    fn row(&self) -> usize {
        self.run * self.across
    }

    /// From a row's beginning to what each tap of the kernel meets first.
    fn offsets(&self, [height, width]: [usize; 2]) -> Vec<usize> {
        let tap = |y: usize, x: usize| y * self.row() + x % self.across * self.run + x / self.across;
        (0..height).flat_map(|y| (0..width).map(move |x| tap(y, x))).collect()
    }

    /// The border's zeros are there from the beginning, and stay.
    fn lay_out(&self, input: &[f32], height: usize, width: usize, laid_out: &mut [f32]) {
        let rows = laid_out.chunks_exact_mut(self.row()).skip(self.top).zip(input.chunks_exact(width)).take(height);
        for (row, pixels) in rows {
            if self.across == 1 {
                let row = row.get_mut(self.left..).unwrap_or_default();
                let length = row.len().min(pixels.len());
                row[..length].copy_from_slice(&pixels[..length]);
                continue;
            }
            for (phase, run) in row.chunks_exact_mut(self.run).enumerate() {
                // The first column of this run that is in the picture.
                let skipped = self.left.saturating_sub(phase).div_ceil(self.across);
                let first = skipped * self.across + phase - self.left;
                let pixels = pixels.iter().skip(first).step_by(self.across);
                for (value, pixel) in run.iter_mut().skip(skipped).zip(pixels) {
                    *value = *pixel;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, one number at a time.
    fn plainly(of: &Depthwise, input: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
        let [out_height, out_width] = of.output_size([height, width]).expect("a size");
        let mut output = Vec::new();
        for channel in 0..of.channels() {
            for (y, x) in (0..out_height).flat_map(|y| (0..out_width).map(move |x| (y, x))) {
                let mut sum = f64::from(of.bias[channel]);
                for (ky, kx) in (0..of.kernel[0]).flat_map(|ky| (0..of.kernel[1]).map(move |kx| (ky, kx))) {
                    let at = [y * of.strides[0] + ky, x * of.strides[1] + kx];
                    let (Some(row), Some(column)) = (at[0].checked_sub(of.pads[0]), at[1].checked_sub(of.pads[1]))
                    else {
                        continue;
                    };
                    if row < height && column < width {
                        let weight = of.weights[(channel * of.kernel[0] + ky) * of.kernel[1] + kx];
                        sum += f64::from(weight) * f64::from(input[(channel * height + row) * width + column]);
                    }
                }
                let slope = of.slopes.as_ref().map_or(1.0, |slopes| f64::from(slopes[channel]));
                output.push(if sum < 0.0 { sum * slope } else { sum } as f32);
            }
        }
        output
    }

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * 7919) % 257) as f32 / 128.0 - 1.0).collect()
    }

    #[test]
    fn every_size_stride_and_border_gives_what_the_definition_gives() {
        let shapes = [
            ([3, 3], [1, 1], [1, 1, 1, 1]),
            ([3, 3], [2, 2], [1, 1, 1, 1]),
            ([3, 3], [2, 2], [0, 0, 1, 1]),
            ([5, 5], [1, 1], [2, 2, 2, 2]),
            ([4, 2], [1, 3], [0, 2, 3, 1]),
            ([7, 7], [1, 1], [0, 0, 0, 0]),
            ([1, 1], [2, 1], [0, 0, 0, 0]),
        ];
        for (kernel, strides, pads) in shapes {
            for size in [[7, 7], [8, 10], [9, 33], [40, 40], [13, 64]] {
                let weights = numbers(3 * kernel[0] * kernel[1]);
                let mut of = Depthwise { kernel, strides, pads, weights, bias: vec![0.5, -0.25, 0.0], slopes: None };
                let input = numbers(3 * size[0] * size[1]);
                for slopes in [None, Some(vec![0.0, -0.5, 2.0])] {
                    of.slopes = slopes;
                    let (got, want) = (of.run(&input, size).expect("an output"), plainly(&of, &input, size));
                    assert_eq!(got.len(), want.len());
                    let apart = got.iter().zip(&want).map(|(got, want)| (got - want).abs()).fold(0.0, f32::max);
                    assert!(apart < 1e-5, "{kernel:?} {strides:?} {pads:?} {size:?}: {apart}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let of = Depthwise {
            kernel: [3, 3],
            strides: [1, 1],
            pads: [0; 4],
            weights: numbers(9),
            bias: vec![0.0],
            slopes: None,
        };
        assert_eq!(of.run(&numbers(4), [2, 2]), None, "smaller than the kernel");
        assert_eq!(of.run(&numbers(15), [4, 4]), None, "too few values");
        assert_eq!(Depthwise { weights: numbers(8), ..of.clone() }.run(&numbers(16), [4, 4]), None);
        assert_eq!(of.run(&numbers(16), [4, 4]).map(|output| output.len()), Some(4));
    }
}
