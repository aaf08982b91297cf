//! Pinned prompts as bytes, with their keys and values, so that they need not be run again after a restart.
//!
//! ```text
//! at  bytes
//!  0      8  "kinglkv", 0
//!  8      4  version of this form: 2
//! 12      4  CRC-32 of all that follows
//! 16      4  mark of the model
//! 20      4  type of keys and values: f16 is 0, q8_0 is 1
//! 24      4  prompts
//!            of each: tokens (u32), their ids (u32 each), and pages of 32 tokens:
//!            of each layer, [kv head][keys or values] of (q8_0 alone) 8-bit integers, and again of halves:
//!            keys [head_dim][32] and values [32][head_dim] in f16, or scales [head_dim / 32][32] in bf16
//! ```
//! All numbers are little-endian. Of the last page, what no token stands for is zero.
use super::{Cache, KvType, Place};
use crate::{Error, Model, gguf::cursor::Cursor, kernel::PAGE};

const MAGIC: &[u8; 8] = b"kinglkv\0";
const VERSION: u32 = 2;
/// Magic, version, checksum.
const HEAD: usize = 16;

/// A prompt read from bytes.
pub(crate) struct Saved<'a> {
    pub tokens: Vec<u32>,
    pages: Vec<&'a [u8]>,
}

/// Whether `bytes` begin as saved prompts do.
pub fn looks_like_saved_prompts(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// A number that models of other shapes or names do not have.
fn mark(model: &Model) -> u32 {
    crc32fast::hash(format!("{:?} {:?}", model.arch, model.info).as_bytes())
}

/// What is saved in `bytes` of prompts of `model`, checked but for what only the model can say of it.
///
/// # Errors
/// Format, when the bytes are cut, changed, of another model, another type of keys and values or another version.
pub(crate) fn read<'a>(model: &Model, kv: KvType, bytes: &'a [u8]) -> Result<Vec<Saved<'a>>, Error> {
    let mut cursor = Cursor::new(bytes);
    if cursor.array::<8>("magic")? != *MAGIC {
        return Err(Error::format("saved prompts expected, something else found"));
    }
    let expect = |what: &str, expected: u32, found: u32| match found == expected {
        true => Ok(()),
        false => Err(Error::format(format!("{what} {expected:x} expected, {found:x} found"))),
    };
    expect("saved prompts: version", VERSION, cursor.u32("version")?)?;
    let checksum = cursor.u32("checksum")?;
    expect("saved prompts are damaged: checksum", crc32fast::hash(&bytes[HEAD..]), checksum)?;
    expect("saved prompts are of another model: mark", mark(model), cursor.u32("model")?)?;
    let found = cursor.u32("type of keys and values")?;
    if found != kv as u32 {
        let found = KvType::ALL.get(found as usize).map_or("another type", |found| found.name());
        return Err(Error::format(format!("saved prompts: keys and values in {} expected, {found} found", kv.name())));
    }
    let n = cursor.u32("prompts")?;
    let prompts = (0..n).map(|_| prompt(model, kv, &mut cursor)).collect::<Result<Vec<_>, _>>()?;
    match cursor.rest() {
        0 => Ok(prompts),
        n => Err(Error::format(format!("saved prompts: their end expected, {n} bytes found"))),
    }
}

fn prompt<'a>(model: &Model, kv: KvType, cursor: &mut Cursor<'a>) -> Result<Saved<'a>, Error> {
    let n = cursor.u32("tokens of a prompt")? as usize;
    let ids = cursor.take(n.saturating_mul(4), "ids of a prompt")?;
    let tokens: Vec<u32> = ids.as_chunks().0.iter().map(|id| u32::from_le_bytes(*id)).collect();
    if tokens.is_empty() {
        return Err(Error::format("saved prompts: tokens of each expected, none found"));
    }
    let n_vocab = model.arch.n_vocab;
    if let Some(id) = tokens.iter().find(|id| **id as usize >= n_vocab) {
        return Err(Error::format(format!("saved prompts: token ids below {n_vocab} expected, {id} found")));
    }
    let page_bytes = model.info.kv_bytes_per_token(kv) as usize * PAGE;
    let page = |_| cursor.take(page_bytes, "a page of keys and values");
    let pages = (0..n.div_ceil(PAGE)).map(page).collect::<Result<Vec<_>, _>>()?;
    // nothing that is no number may get into the cache: masked or not, it would spoil all that it meets
    match pages.iter().all(|page| kv.is_finite(page, model.arch.n_layers, model.arch.head_dim)) {
        true => Ok(Saved { tokens, pages }),
        false => Err(Error::format("saved prompts: finite numbers expected, others found")),
    }
}

impl Cache {
    /// `prompts`, of which all is known, as bytes.
    pub(crate) fn save(&self, model: &Model, prompts: &[Vec<u32>]) -> Option<Vec<u8>> {
        let mut out = [&MAGIC[..], &VERSION.to_le_bytes(), &[0; 4]].concat();
        let head = [mark(model), self.layers.kv() as u32, prompts.len() as u32];
        head.iter().for_each(|x| out.extend(x.to_le_bytes()));
        for tokens in prompts {
            let nodes = self.nodes_of(0, tokens)?;
            out.extend((tokens.len() as u32).to_le_bytes());
            tokens.iter().for_each(|id| out.extend(id.to_le_bytes()));
            for (i, node) in nodes.into_iter().enumerate() {
                self.layers.write(self.tree.get(node)?.page, (tokens.len() - i * PAGE).min(PAGE), &mut out);
            }
        }
        let checksum = crc32fast::hash(&out[HEAD..]);
        out[HEAD - 4..HEAD].copy_from_slice(&checksum.to_le_bytes());
        Some(out)
    }

    /// The first page of `tokens`, which are known, as it would be saved.
    pub(crate) fn first_page(&self, key: u64, tokens: &[u32]) -> Option<Vec<u8>> {
        let tokens = &tokens[..tokens.len().min(PAGE)];
        let node = *self.nodes_of(key, tokens)?.first()?;
        let mut out = Vec::new();
        self.layers.write(self.tree.get(node)?.page, tokens.len(), &mut out);
        Some(out)
    }

    /// Puts what was saved where others find it, as far as there is room that nothing holds.
    pub(crate) fn restore(&mut self, saved: &Saved<'_>) {
        let mut place = Place::Root(0);
        for (tokens, bytes) in saved.tokens.chunks(PAGE).zip(&saved.pages) {
            let known = self.tree.nearest(place, tokens).filter(|(_, n)| *n == tokens.len()).map(|(node, _)| node);
            let Some(node) = known.or_else(|| {
                let page = self.free.pop()?;
                self.holders[page] = 1;
                self.layers.read(page, bytes);
                Some(self.tree.insert(place, tokens, page))
            }) else {
                return;
            };
            place = Place::After(node);
        }
    }
}

impl Saved<'_> {
    /// The bytes of the first page.
    pub(crate) fn first_page(&self) -> &[u8] {
        self.pages.first().copied().unwrap_or_default()
    }
}
