//! Tells files apart without reading all of them: what they say of themselves, and samples of every tensor.
use super::Gguf;

/// Samples of each tensor.
const N_SAMPLES: usize = 8;
/// Bytes of a sample: a line of memory.
const SAMPLE: usize = 64;

impl Gguf {
    /// 16 hexadecimal digits that are the same for the same model, wherever its file lies: another template, tokenizer,
    /// quantisation or training gives others. Not a proof against whoever wants two files to look alike.
    pub fn identity(&self) -> String {
        let mut hash = 0x9e37_79b9_7f4a_7c15;
        for (shard, map) in self.maps.iter().enumerate() {
            let of_shard = self.tensors.iter().filter(|tensor| tensor.shard == shard);
            let head = of_shard.map(|tensor| tensor.bytes.start).min().unwrap_or(0);
            hash = mix(hash, &map.bytes()[..head]);
        }
        for tensor in &self.tensors {
            let bytes = self.bytes(tensor);
            for i in 0..N_SAMPLES {
                let at = bytes.len().saturating_sub(SAMPLE) / (N_SAMPLES - 1) * i;
                hash = mix(hash, &bytes[at..bytes.len().min(at + SAMPLE)]);
            }
        }
        format!("{hash:016x}")
    }
}

/// Eight bytes at a time, multiplied and rotated as in FxHash, with every bit of the product used.
fn mix(mut hash: u64, bytes: &[u8]) -> u64 {
    for part in bytes.chunks(8) {
        let word = part.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let product = u128::from(hash ^ word) * 0xd6e8_feb8_6659_fd93;
        hash = (product as u64) ^ (product >> 64) as u64 ^ hash.rotate_left(29);
    }
    hash.wrapping_add(bytes.len() as u64)
}
