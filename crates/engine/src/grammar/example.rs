//! Texts that a grammar allows, chosen at random: what tests hold against a validator.
use super::{Grammar, Writer};
use crate::Error;

/// Of so many steps one closes something.
const CLOSE: u64 = 6;

impl Grammar {
    /// A random text within the grammar, the same for the same `seed`; after `most` tokens it is closed. `None` when
    /// it does not close within ten times as many.
    ///
    /// # Errors
    /// Internal, when the grammar led to where nothing may follow.
    pub fn example(&self, seed: u64, most: usize) -> Result<Option<Vec<u8>>, Error> {
        let mut writer = Writer::new(self, false);
        let (mut random, mut text, mut n) = (Random(seed), Vec::new(), 0);
        while !writer.is_complete() {
            if n >= most {
                let Some(end) = writer.closing(10 * most) else { return Ok(None) };
                end.iter().for_each(|id| text.extend_from_slice(writer.bytes(*id)));
                writer.read(&end)?;
                break;
            }
            if writer.may_end() && random.below(3) == 0 {
                break;
            }
            let allowed = writer.mask()?.all();
            let closers = self.vocabulary.closers().iter().copied().filter(|id| allowed.binary_search(id).is_ok());
            let closers: Vec<u32> = closers.collect();
            let from = if random.below(CLOSE) == 0 && !closers.is_empty() { &closers } else { &allowed };
            let id = from[random.below(from.len() as u64) as usize];
            if self.vocabulary.is_end(id) {
                break;
            }
            text.extend_from_slice(writer.bytes(id));
            writer.read(&[id])?;
            n += 1;
        }
        Ok(Some(text))
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}
