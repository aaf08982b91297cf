//! Which fold a conversation's audits are in: by a hash that is the same in every version and on every machine.
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// The share of conversations that policies are fitted on; the rest certifies them.
///
/// A promise of 1 % needs hundreds of audits to be proven however good the score is, and a score is soon good enough.
pub const TRAIN: f64 = 0.3;

/// What an audit is used for. Nothing is used for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// To fit the score, and to choose bars and gate.
    Train,
    /// To test the bars.
    Certify,
}

/// The fold of a conversation, with a share of `train` in the first.
///
/// All turns of a conversation lie in one fold, on whichever route: a score that learns from several routes must not
/// have seen any of them. Change `train` only with a new certify fold: what was trained on cannot certify any more.
pub fn fold(conversation: &str, train: f64) -> Fold {
    // 53 bits: the whole numbers that a float holds exactly
    let place = (hash(conversation) >> 11) as f64 / (1u64 << 53) as f64;
    if place < train { Fold::Train } else { Fold::Certify }
}

/// SipHash-2-4 of the UTF-8 bytes under a key that never changes (Aumasson and Bernstein 2012).
pub(crate) fn hash(conversation: &str) -> u64 {
    let mut hasher = SipHasher24::new_with_key(b"kinglet's folds.");
    hasher.write(conversation.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first lines of the table that comes with the reference implementation of SipHash-2-4.
    #[test]
    fn siphash_is_siphash() {
        let key: [u8; 16] = std::array::from_fn(|i| i as u8);
        let text: [u8; 15] = std::array::from_fn(|i| i as u8);
        for (n, expected) in [(0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (15, 0xa129_ca61_49be_45e5)] {
            let mut hasher = SipHasher24::new_with_key(&key);
            hasher.write(&text[..n]);
            assert_eq!(hasher.finish(), expected, "{n} bytes");
        }
    }

    #[test]
    fn hashes_stay_for_ever() {
        for (text, expected) in HASHES {
            assert_eq!(hash(text), expected, "{text:?}");
        }
    }

    #[test]
    fn shares_are_as_asked() {
        let names = (0..20_000).map(|i| format!("conversation-{i}"));
        let train = names.filter(|name| fold(name, TRAIN) == Fold::Train).count();
        assert!((5_740..=6_260).contains(&train), "{train} of 20,000 is more than 4 sd from 30 %");
        assert_eq!((fold("a", 0.0), fold("a", 1.0)), (Fold::Certify, Fold::Train));
        assert_eq!(fold("a", f64::NAN), Fold::Certify);
    }

    /// Computed by another implementation.
    const HASHES: [(&str, u64); 4] = [
        ("", 0xc5d8_a69f_0add_3c38),
        ("a", 0x0ab2_b6cf_cc03_a002),
        ("conversation-1", 0xfa36_cb3b_c0eb_0dc5),
        ("Zürich 東京", 0x636c_b051_e122_b6fe),
    ];
}
