//! Secrets of keys: 192 random bits that are shown once, and a hash that stays.
use crate::trace::hex;
use std::io;

/// Bytes from the system's generator.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A new key: its public id (`kl-` and 12 digits), and the whole secret, which begins with it.
pub(crate) fn new() -> io::Result<(String, String)> {
    let id = format!("kl-{}", hex(&random::<6>()?));
    let secret = format!("{id}-{}", hex(&random::<24>()?));
    Ok((id, secret))
}
