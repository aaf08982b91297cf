//! Block formats of weights: each with its byte diagram and the plain decoder that is its specification.
use crate::Error;
use half::f16;

/// A tensor's element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// bfloat16.
    BF16,
    /// 4 bits, `d * (q - 8)`.
    Q4_0,
    /// 4 bits, `d * q + m`.
    Q4_1,
    /// 5 bits, `d * (q - 16)`.
    Q5_0,
    /// 5 bits, `d * q + m`.
    Q5_1,
    /// 8 bits, `d * q`.
    Q8_0,
    /// 2 bits in super-blocks.
    Q2K,
    /// 3 bits in super-blocks.
    Q3K,
    /// 4 bits in super-blocks.
    Q4K,
    /// 5 bits in super-blocks.
    Q5K,
    /// 6 bits in super-blocks.
    Q6K,
    /// 4 bits, a table of 16 values.
    IQ4NL,
}

const NAMES: [&str; 43] = [
    "F32",
    "F16",
    "Q4_0",
    "Q4_1",
    "Q4_2",
    "Q4_3",
    "Q5_0",
    "Q5_1",
    "Q8_0",
    "Q8_1",
    "Q2_K",
    "Q3_K",
    "Q4_K",
    "Q5_K",
    "Q6_K",
    "Q8_K",
    "IQ2_XXS",
    "IQ2_XS",
    "IQ3_XXS",
    "IQ1_S",
    "IQ4_NL",
    "IQ3_S",
    "IQ2_S",
    "IQ4_XS",
    "I8",
    "I16",
    "I32",
    "I64",
    "F64",
    "IQ1_M",
    "BF16",
    "Q4_0_4_4",
    "Q4_0_4_8",
    "Q4_0_8_8",
    "TQ1_0",
    "TQ2_0",
    "IQ4_NL_4_4",
    "IQ4_NL_4_8",
    "IQ4_NL_8_8",
    "MXFP4",
    "NVFP4",
    "Q1_0",
    "Q2_0",
];

impl Type {
    /// The type with this number in a GGUF file.
    ///
    /// # Errors
    /// Unsupported, with the type's name.
    pub fn from_id(id: u32) -> Result<Self, Error> {
        Ok(match id {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            7 => Self::Q5_1,
            8 => Self::Q8_0,
            10 => Self::Q2K,
            11 => Self::Q3K,
            12 => Self::Q4K,
            13 => Self::Q5K,
            14 => Self::Q6K,
            20 => Self::IQ4NL,
            30 => Self::BF16,
            other => {
                let name = NAMES.get(other as usize).copied().unwrap_or("unknown");
                return Err(Error::unsupported(format!(
                    "element type {name} ({other}) is not read; take the model in another quantisation"
                )));
            }
        })
    }

    /// The name that the field uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q8_0 => "Q8_0",
            Self::Q2K => "Q2_K",
            Self::Q3K => "Q3_K",
            Self::Q4K => "Q4_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
            Self::IQ4NL => "IQ4_NL",
        }
    }

    /// Elements in one block.
    pub fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => 1,
            Self::Q2K | Self::Q3K | Self::Q4K | Self::Q5K | Self::Q6K => 256,
            _ => 32,
        }
    }

    /// Bytes of one block.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q4_0 | Self::IQ4NL => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q2K => 84,
            Self::Q3K => 110,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
        }
    }
}

/// One block in integers: weight `i` of sub-block `s` is `(d * scale[s]) * q[i] + m * min[s]`; where a type has an
/// [`Type::offset`], `m` is that often `-d`, and `min` is `scale`.
#[derive(Clone, Copy)]
pub struct Block {
    /// Quantised values; the bits of an i8 where [`Type::is_signed`], unsigned otherwise.
    pub q: [u8; 256],
    /// The block's scale.
    pub d: f16,
    /// The block's minimum, 0 where the type has an offset or none.
    pub m: f16,
    /// Factors of `d`, 1 where a type has none.
    pub scale: [i8; 16],
    /// Factors of `m`, 1 where a type has none.
    pub min: [i8; 16],
}

impl Block {
    /// A block of zeros.
    pub const ZERO: Self = Self { q: [0; 256], d: f16::ZERO, m: f16::ZERO, scale: [1; 16], min: [1; 16] };
}

impl Type {
    /// Weights that share one scale.
    pub fn sub_len(self) -> usize {
        match self {
            Self::Q2K | Self::Q3K | Self::Q6K => 16,
            _ => 32,
        }
    }

    /// What is taken from each quantised value; `None` where a minimum is added instead.
    pub const fn offset(self) -> Option<u8> {
        match self {
            Self::Q4_0 => Some(8),
            Self::Q5_0 => Some(16),
            Self::Q3K => Some(4),
            Self::Q6K => Some(32),
            Self::Q8_0 | Self::IQ4NL => Some(0),
            _ => None,
        }
    }

    /// Whether quantised values are signed.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::Q8_0 | Self::IQ4NL)
    }

    /// Whether weights are plain floats, not blocks of integers.
    pub fn is_float(self) -> bool {
        self.block_len() == 1
    }
}

const IQ4_NL: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

#[inline(always)]
fn half(bytes: &[u8], at: usize) -> f16 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// Decodes one block of an integer type.
#[inline(always)]
pub fn unpack(kind: Type, b: &[u8], out: &mut Block) {
    debug_assert_eq!(b.len(), kind.block_bytes());
    match kind {
        // d f16 | 16 bytes: low nibbles are weights 0..16, high ones 16..32
        Type::Q4_0 => {
            nibbles(&b[2..], &mut out.q);
            out.d = half(b, 0);
        }
        // d f16 | m f16 | 16 bytes as above
        Type::Q4_1 => {
            nibbles(&b[4..], &mut out.q);
            (out.d, out.m) = (half(b, 0), half(b, 2));
        }
        // d f16 | 32 fifth bits | 16 bytes as above
        Type::Q5_0 => {
            nibbles(&b[6..], &mut out.q);
            fifth_bits(&b[2..6], &mut out.q);
            out.d = half(b, 0);
        }
        // d f16 | m f16 | 32 fifth bits | 16 bytes as above
        Type::Q5_1 => {
            nibbles(&b[8..], &mut out.q);
            fifth_bits(&b[4..8], &mut out.q);
            (out.d, out.m) = (half(b, 0), half(b, 2));
        }
        // d f16 | 32 i8
        Type::Q8_0 => {
            out.q[..32].copy_from_slice(&b[2..34]);
            out.d = half(b, 0);
        }
        Type::IQ4NL => {
            nibbles(&b[2..], &mut out.q);
            out.q[..32].iter_mut().for_each(|q| *q = IQ4_NL[usize::from(*q)] as u8);
            out.d = half(b, 0);
        }
        Type::Q2K => q2_k(b, out),
        Type::Q3K => q3_k(b, out),
        Type::Q4K => q45_k(b, &[], &b[16..], out),
        Type::Q5K => q45_k(b, &b[16..48], &b[48..], out),
        Type::Q6K => q6_k(b, out),
        Type::F32 | Type::F16 | Type::BF16 => debug_assert!(false, "floats have no blocks"),
    }
}

#[inline(always)]
fn nibbles(b: &[u8], q: &mut [u8; 256]) {
    let (low, high) = q[..32].split_at_mut(16);
    for ((low, high), b) in low.iter_mut().zip(high).zip(&b[..16]) {
        (*low, *high) = (b & 15, b >> 4);
    }
}

#[inline(always)]
fn fifth_bits(b: &[u8], q: &mut [u8; 256]) {
    for (i, q) in q[..32].as_chunks_mut().0.iter_mut().enumerate() {
        // four bits, each to the fifth place of a byte
        let bits = (u32::from(b[i / 2] >> (i % 2 * 4) & 15) * 0x0020_4081) & 0x0101_0101;
        *q = (u32::from_le_bytes(*q) | bits << 4).to_le_bytes();
    }
}

/// 16 bytes (scale low nibble, minimum high nibble) | 64 bytes of 2 bits | d f16 | dmin f16.
#[inline(always)]
fn q2_k(b: &[u8], out: &mut Block) {
    (out.d, out.m) = (half(b, 80), -half(b, 82));
    for (sub, scales) in b[..16].iter().enumerate() {
        (out.scale[sub], out.min[sub]) = ((scales & 15) as i8, (scales >> 4) as i8);
    }
    for i in 0..256 {
        // each 32 bytes hold 128 weights: bits 0..2 the first 32 of them, bits 2..4 the next
        let (half, shift) = (i / 128, i % 128 / 32 * 2);
        out.q[i] = b[16 + half * 32 + i % 32] >> shift & 3;
    }
}

/// 32 bytes of third bits | 64 bytes of 2 bits | 12 bytes: 16 scales of 6 bits | d f16.
#[inline(always)]
fn q3_k(b: &[u8], out: &mut Block) {
    let scales = &b[96..108];
    out.d = half(b, 108);
    for sub in 0..16 {
        let low = scales[sub % 8] >> (sub / 8 * 4) & 15;
        let high = scales[8 + sub % 4] >> (sub / 4 * 2) & 3;
        out.scale[sub] = (low | high << 4) as i8 - 32;
    }
    for i in 0..256 {
        let (half, shift) = (i / 128, i % 128 / 32 * 2);
        let high = b[i % 32] >> (i / 32) & 1;
        out.q[i] = b[32 + half * 32 + i % 32] >> shift & 3 | high << 2;
    }
}

/// d f16 | dmin f16 | 12 bytes: 8 scales and 8 minima of 6 bits | (Q5_K: 32 bytes of fifth bits) | 128 bytes of nibbles.
#[inline(always)]
fn q45_k(b: &[u8], fifth: &[u8], low: &[u8], out: &mut Block) {
    let s = &b[4..16];
    (out.d, out.m) = (half(b, 0), -half(b, 2));
    for sub in 0..8 {
        let (scale, min) = if sub < 4 {
            (s[sub] & 63, s[sub + 4] & 63)
        } else {
            (s[sub + 4] & 15 | s[sub - 4] >> 6 << 4, s[sub + 4] >> 4 | s[sub] >> 6 << 4)
        };
        (out.scale[sub], out.min[sub]) = (scale as i8, min as i8);
    }
    for (pair, q) in out.q.as_chunks_mut::<64>().0.iter_mut().enumerate() {
        let low = &low[pair * 32..][..32];
        for (l, low) in low.iter().enumerate() {
            (q[l], q[32 + l]) = (low & 15, low >> 4);
        }
        for (l, high) in fifth.iter().enumerate() {
            q[l] |= (high >> (2 * pair) & 1) << 4;
            q[32 + l] |= (high >> (2 * pair + 1) & 1) << 4;
        }
    }
}

/// 128 bytes of low nibbles | 64 bytes of 2 high bits | 16 scales i8 | d f16.
#[inline(always)]
fn q6_k(b: &[u8], out: &mut Block) {
    out.d = half(b, 208);
    out.scale = std::array::from_fn(|sub| b[192 + sub] as i8);
    for (half, q) in out.q.as_chunks_mut::<128>().0.iter_mut().enumerate() {
        for (quarter, q) in q.as_chunks_mut::<32>().0.iter_mut().enumerate() {
            let low = &b[half * 64 + quarter % 2 * 32..][..32];
            let high = &b[128 + half * 32..][..32];
            for (q, (low, high)) in q.iter_mut().zip(low.iter().zip(high)) {
                *q = low >> (quarter / 2 * 4) & 15 | (high >> (quarter * 2) & 3) << 4;
            }
        }
    }
}

/// Decodes `bytes` to f32: the specification of every kernel. `out.len()` weights.
pub fn dequantise(kind: Type, bytes: &[u8], out: &mut [f32]) {
    match kind {
        Type::F32 => {
            for (o, b) in out.iter_mut().zip(bytes.as_chunks().0) {
                *o = f32::from_le_bytes(*b);
            }
        }
        Type::F16 => {
            for (o, b) in out.iter_mut().zip(bytes.as_chunks().0) {
                *o = f16::from_le_bytes(*b).to_f32();
            }
        }
        Type::BF16 => {
            for (o, b) in out.iter_mut().zip(bytes.as_chunks().0) {
                *o = half::bf16::from_le_bytes(*b).to_f32();
            }
        }
        _ => {
            let mut block = Block::ZERO;
            let blocks = bytes.chunks_exact(kind.block_bytes());
            for (o, b) in out.chunks_mut(kind.block_len()).zip(blocks) {
                unpack(kind, b, &mut block);
                let d = block.d.to_f32();
                let (m, min) = match kind.offset() {
                    Some(offset) => (-f32::from(offset) * d, &block.scale),
                    None => (block.m.to_f32(), &block.min),
                };
                for (i, o) in o.iter_mut().enumerate() {
                    let q = if kind.is_signed() { f32::from(block.q[i] as i8) } else { f32::from(block.q[i]) };
                    let sub = i / kind.sub_len();
                    *o = (d * f32::from(block.scale[sub])).mul_add(q, m * f32::from(min[sub]));
                }
            }
        }
    }
}
