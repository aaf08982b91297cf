//! Rotary embeddings as metadata describes them: bases, factors per pair, and scaling (linear, or YaRN).
use super::{Family, Keys};
use crate::{Error, error::quoted, kernel::Rope, quant};

const MAX_SCALE: f32 = 1e6;

/// Of layers that see everything, and of layers with a window: what stretches the context is for the former alone.
pub(super) fn read(keys: &Keys<'_>, family: &Family, head_dim: usize) -> Result<(Rope, Rope), Error> {
    let n_rot = keys.count_or("rope.dimension_count", 1 << 12, head_dim)?;
    if n_rot > head_dim || !n_rot.is_multiple_of(2) {
        return Err(Error::format(format!(
            "metadata `{}`: an even number, at most the head's {head_dim}, expected, {n_rot} found",
            keys.name("rope.dimension_count")
        )));
    }
    let base = |suffix, default| Ok::<_, Error>(keys.optional_number(suffix, 2.0, 1e12)?.unwrap_or(default));
    let own_base = base("rope.freq_base", 10_000.0)?;
    let plain = |base| Rope { freqs: freqs(base, n_rot), magnitude: 1.0, neox: family.neox };
    let mut rope = plain(own_base);
    divide_by_factors(keys, &mut rope)?;
    scale(keys, own_base, &mut rope)?;
    let window_rope = match &family.windows {
        Some(windows) => plain(base("rope.freq_base_swa", windows.rope_base)?),
        None => rope.clone(),
    };
    Ok((rope, window_rope))
}

fn freqs(base: f32, n_rot: usize) -> Vec<f32> {
    (0..n_rot / 2).map(|i| base.powf(-2.0 * i as f32 / n_rot as f32)).collect()
}

/// Llama 3's way to stretch the context: a factor for each pair, as a tensor.
fn divide_by_factors(keys: &Keys<'_>, rope: &mut Rope) -> Result<(), Error> {
    let Some(tensor) = keys.file.tensor("rope_freqs.weight") else { return Ok(()) };
    let n = rope.freqs.len();
    let mut factors = vec![0.0; n];
    if tensor.shape != [n] || !tensor.kind.is_float() {
        return Err(Error::format(format!(
            "tensor `rope_freqs.weight`: {n} floats expected, shape {:?} of {} found",
            tensor.shape,
            tensor.kind.name()
        )));
    }
    quant::dequantise(tensor.kind, keys.file.bytes(tensor), &mut factors);
    if let Some(factor) = factors.iter().find(|x| !(x.is_finite() && **x > 0.0)) {
        return Err(Error::format(format!("tensor `rope_freqs.weight`: factors above 0 expected, {factor} found")));
    }
    rope.freqs.iter_mut().zip(factors).for_each(|(freq, factor)| *freq /= factor);
    Ok(())
}

fn scale(keys: &Keys<'_>, base: f32, rope: &mut Rope) -> Result<(), Error> {
    let factor = match keys.positive("rope.scaling.factor", MAX_SCALE)? {
        Some(factor) => factor,
        None => keys.positive("rope.scale_linear", MAX_SCALE)?.unwrap_or(1.0),
    };
    match keys.optional_str("rope.scaling.type")?.unwrap_or("linear") {
        "none" => {}
        "linear" => rope.freqs.iter_mut().for_each(|freq| *freq /= factor),
        "yarn" => Yarn::read(keys, factor)?.scale(base, rope),
        other => {
            let key = keys.name("rope.scaling.type");
            return Err(Error::unsupported(format!(
                "metadata `{key}`: {}; none, linear and yarn are run",
                quoted(other)
            )));
        }
    }
    Ok(())
}

/// YaRN (Peng et al. 2023, arXiv:2309.00071).
struct Yarn {
    factor: f32,
    original_ctx: f32,
    /// Pairs that turn more often than this within the original context stay as they are.
    beta_fast: f32,
    /// Pairs that turn less often than this are stretched in full.
    beta_slow: f32,
    magnitude: f32,
}

impl Yarn {
    fn read(keys: &Keys<'_>, factor: f32) -> Result<Self, Error> {
        let key = |suffix: &str| format!("rope.scaling.{suffix}");
        let number = |suffix: &str| keys.positive(&key(suffix), MAX_SCALE);
        for (suffix, plain) in [("yarn_log_multiplier", 0.0), ("yarn_ext_factor", 1.0), ("yarn_attn_factor", 1.0)] {
            if keys.optional_number(&key(suffix), f32::MIN, f32::MAX)?.is_some_and(|x| x != plain) {
                return Err(Error::unsupported(format!("metadata `{}` other than {plain}", keys.name(&key(suffix)))));
            }
        }
        let original_ctx = match keys.optional_count(&key("original_context_length"), super::MAX_TOKENS)? {
            Some(n) => n,
            None => keys.count("context_length", super::MAX_TOKENS)?,
        };
        Ok(Self {
            factor,
            original_ctx: original_ctx as f32,
            beta_fast: number("yarn_beta_fast")?.unwrap_or(32.0),
            beta_slow: number("yarn_beta_slow")?.unwrap_or(1.0),
            magnitude: 0.1f32.mul_add(factor.max(1.0).ln(), 1.0) * number("attn_factor")?.unwrap_or(1.0),
        })
    }

    fn scale(&self, base: f32, rope: &mut Rope) {
        let n = rope.freqs.len() as f32;
        // the pair that turns `turns` times within the original context
        let pair = |turns: f32| n * (self.original_ctx / (turns * std::f32::consts::TAU)).ln() / base.ln();
        let low = pair(self.beta_fast).floor().max(0.0);
        let high = pair(self.beta_slow).ceil().min(2.0 * n - 1.0);
        for (i, freq) in rope.freqs.iter_mut().enumerate() {
            let ramp = ((i as f32 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
            *freq = *freq / self.factor * ramp + *freq * (1.0 - ramp);
        }
        rope.magnitude = self.magnitude;
    }
}
