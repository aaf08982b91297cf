//! Steps on one row of activations: norms, rotary embedding, gates, quantisation.
use super::{Isa, Set};

/// The activation function of a gated feed-forward layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// `x * sigmoid(x)`.
    Silu,
    /// The tanh form of GELU.
    Gelu,
}

/// Rotary embedding (Su et al. 2021, arXiv:2104.09864): angles per position, and how pairs stand.
#[derive(Clone, Debug)]
pub(crate) struct Rope {
    /// Angle of each pair for one step of position.
    pub freqs: Vec<f32>,
    /// Factor of cosine and sine (YaRN).
    pub magnitude: f32,
    /// Pairs are `(i, i + n/2)` (NEOX), else `(2i, 2i + 1)`.
    pub neox: bool,
}

macro_rules! dispatch {
    ($isa:expr, $plain:ident, $fast:ident, $($arg:expr),*) => {
        match $isa.0 {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            // SAFETY: an `Isa(Avx2)` exists only after AVX2, FMA and F16C were detected.
            Set::Avx2 => unsafe { super::avx2::$fast($($arg),*) },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
            // SAFETY: an `Isa(Avx512)` exists only after AVX-512 with VNNI was detected.
            Set::Avx512 => unsafe { super::avx512::$fast($($arg),*) },
            // wherever there is NEON, the plain code is compiled for it
            _ => $plain($($arg),*),
        }
    };
}

/// `out = x / sqrt(mean(x^2) + eps) * weight`.
pub(crate) fn rms_norm(isa: Isa, x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    dispatch!(isa, rms_norm_plain, rms_norm, x, weight, eps, out);
}

#[inline(always)]
pub(super) fn rms_norm_plain(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let mut sums = [0.0f32; 16];
    for x in x.chunks(16) {
        for (sum, x) in sums.iter_mut().zip(x) {
            *sum = x.mul_add(*x, *sum);
        }
    }
    let scale = 1.0 / (sums.iter().sum::<f32>() / x.len() as f32 + eps).sqrt();
    for ((out, x), w) in out.iter_mut().zip(x).zip(weight) {
        *out = x * scale * w;
    }
}

/// Quantises `x` to -127..=127; gives the scale and the sums of the first and the last 16, and leaves in `rest` what the
/// integers do not say.
pub(super) fn quantise_block(isa: Isa, x: &[f32; 32], q: &mut [i8; 32], rest: &mut [f32; 32]) -> (f32, [i32; 2]) {
    #[cfg(target_arch = "aarch64")]
    #[expect(unsafe_code, reason = "the proof token unlocks the kernel")]
    if matches!(isa.0, Set::Neon | Set::NeonDot) {
        // SAFETY: these exist only after NEON was detected.
        return unsafe { super::neon::quantise_block(x, q, rest) };
    }
    dispatch!(isa, quantise_block_plain, quantise_block, x, q, rest)
}

#[inline(always)]
pub(super) fn quantise_block_plain(x: &[f32; 32], q: &mut [i8; 32], rest: &mut [f32; 32]) -> (f32, [i32; 2]) {
    let mut maxima = [0.0f32; 16];
    for x in x.as_chunks::<16>().0 {
        for (max, x) in maxima.iter_mut().zip(x) {
            *max = max.max(x.abs());
        }
    }
    let (d, inverse) = scale_of(maxima.iter().copied().fold(0.0, f32::max));
    // adding and taking away 1.5 * 2^23 rounds to the nearest integer
    let rounded = x.map(|x| (x * inverse + ROUND) - ROUND);
    for ((q, rest), (x, rounded)) in q.iter_mut().zip(rest).zip(x.iter().zip(rounded)) {
        *q = rounded as i32 as i8;
        *rest = (-d).mul_add(rounded, *x);
    }
    (d, [0, 16].map(|half| q[half..half + 16].iter().map(|q| i32::from(*q)).sum()))
}

/// The scale that brings `max` to 127, and its inverse.
#[inline(always)]
pub(super) fn scale_of(max: f32) -> (f32, f32) {
    (max / 127.0, if max > 0.0 { 127.0 / max } else { 0.0 })
}

/// `gate = activation(gate) * up`.
pub(crate) fn gate(isa: Isa, kind: Gate, values: &mut [f32], up: &[f32]) {
    dispatch!(isa, gate_plain, gate, kind, values, up);
}

#[inline(always)]
pub(super) fn gate_plain(kind: Gate, values: &mut [f32], up: &[f32]) {
    for (x, up) in values.iter_mut().zip(up) {
        *x = gate_one(kind, *x) * up;
    }
}

#[inline(always)]
fn gate_one(kind: Gate, x: f32) -> f32 {
    match kind {
        Gate::Silu => x / (1.0 + exp(-x)),
        // x/2 (1 + tanh(u)) = x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3)
        Gate::Gelu => {
            let u = GELU[0] * x * (GELU[1] * x * x + 1.0);
            x / (1.0 + exp(-2.0 * u))
        }
    }
}

/// Rotates `x`, heads of `head_dim`, by its position.
pub(crate) fn rope(rope: &Rope, angles: &[(f32, f32)], head_dim: usize, x: &mut [f32]) {
    let n = rope.freqs.len();
    for head in x.chunks_mut(head_dim) {
        for (i, (cos, sin)) in angles.iter().enumerate() {
            let (a, b) = if rope.neox { (i, i + n) } else { (2 * i, 2 * i + 1) };
            let (x, y) = (head[a], head[b]);
            (head[a], head[b]) = (x * cos - y * sin, x * sin + y * cos);
        }
    }
}

pub(super) const GELU: [f32; 2] = [0.797_884_6, 0.044_715];

/// e^x to about 2 ulp: 2^n times a polynomial on [-ln2/2, ln2/2] (Cephes' expf). 0 below -87, capped above 88.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let clamped = x.clamp(EXP_LOW, EXP_HIGH);
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = n.mul_add(LN2[1], n.mul_add(LN2[0], clamped));
    let p = EXP_POLY[1..].iter().fold(EXP_POLY[0], |p, c| p.mul_add(r, *c));
    let y = p.mul_add(r * r, r + 1.0);
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    if x < EXP_LOW { 0.0 } else { y * power }
}

pub(super) const EXP_LOW: f32 = -87.0;
pub(super) const EXP_HIGH: f32 = 88.0;
/// 1.5 * 2^23: adding it rounds to the nearest integer, and leaves that in the lowest bits.
pub(super) const ROUND: f32 = 12_582_912.0;
/// -ln 2 in two parts.
pub(super) const LN2: [f32; 2] = [-0.693_359_4, 2.121_944_4e-4];
#[expect(clippy::excessive_precision, reason = "the published coefficients")]
pub(super) const EXP_POLY: [f32; 6] =
    [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];
