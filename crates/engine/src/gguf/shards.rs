//! A model in several files: `NAME-00001-of-00003.gguf` and so on, each a GGUF file that says which one it is.
use super::{Gguf, map::Map};
use crate::{Error, error::quoted};
use std::path::{Path, PathBuf};

const MAX_SHARDS: u64 = 1024;

/// What a shard says of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    /// Which shard it is, from 0.
    pub no: u64,
    /// Shards in all, at least 2.
    pub count: u64,
}

impl Split {
    /// `None` for a file that is whole.
    pub(super) fn read(file: &Gguf) -> Result<Option<Self>, Error> {
        let count = match file.get("split.count") {
            None => return Ok(None),
            Some(_) => file.u64("split.count")?,
        };
        if count <= 1 {
            return Ok(None);
        }
        let no = file.u64("split.no")?;
        if count > MAX_SHARDS || no >= count {
            return Err(Error::format(format!(
                "metadata `split.no`: below `split.count`, which is at most {MAX_SHARDS}, expected, {no} of {count} found"
            )));
        }
        Ok(Some(Self { no, count }))
    }
}

/// Opens `path` and, when it is the first of several shards, the others.
pub(super) fn open(path: &Path) -> Result<Gguf, Error> {
    let within = |e: Error| e.within(&path.display().to_string());
    let mut first = open_one(path)?;
    let Some(split) = Split::read(&first).map_err(within)? else {
        return Ok(first);
    };
    if split.no != 0 {
        let name = shard_path(path, split, 0).ok().and_then(|p| Some(quoted(p.file_name()?.to_str()?)));
        return Err(within(Error::format(format!(
            "this is shard {} of {}; open the first, {}",
            split.no + 1,
            split.count,
            name.unwrap_or_else(|| "whose name holds `-00001-of-`".to_owned())
        ))));
    }
    for no in 1..split.count {
        let name = shard_path(path, split, no).map_err(within)?;
        let shard = open_one(&name).map_err(|e| e.within(&format!("shard {} of {}", no + 1, split.count)))?;
        let expected = Split { no, ..split };
        append(&mut first, shard, expected).map_err(|e| e.within(&name.display().to_string()))?;
    }
    if first.get("split.tensors.count").is_some() {
        let (expected, found) = (first.u64("split.tensors.count").map_err(within)?, first.tensors.len() as u64);
        if expected != found {
            return Err(within(Error::format(format!(
                "metadata `split.tensors.count`: {expected} tensors expected in all shards, {found} found"
            ))));
        }
    }
    Ok(first)
}

fn open_one(path: &Path) -> Result<Gguf, Error> {
    Gguf::read(path.to_owned(), Map::open(path)?).map_err(|e| e.within(&path.display().to_string()))
}

fn append(first: &mut Gguf, shard: Gguf, expected: Split) -> Result<(), Error> {
    if Split::read(&shard)? != Some(expected) {
        let value = |key| shard.get(key).map_or_else(|| "nothing".to_owned(), ToString::to_string);
        return Err(Error::format(format!(
            "`split.no` {} and `split.count` {} expected, {} and {} found; this is another file under the shard's name",
            expected.no,
            expected.count,
            value("split.no"),
            value("split.count")
        )));
    }
    for mut tensor in shard.tensors {
        if first.tensor_index.insert(tensor.name.clone(), first.tensors.len()).is_some() {
            return Err(Error::format(format!("tensor {} stands in two shards", quoted(&tensor.name))));
        }
        tensor.shard = first.maps.len();
        first.tensors.push(tensor);
    }
    first.maps.extend(shard.maps);
    Ok(())
}

/// The path of shard `no`, beside that of the shard at `path`.
fn shard_path(path: &Path, split: Split, no: u64) -> Result<PathBuf, Error> {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let suffix = |no: u64| format!("-{:05}-of-{:05}.gguf", no + 1, split.count);
    let stem = name.strip_suffix(&suffix(split.no)).ok_or_else(|| {
        Error::format(format!(
            "a name that ends in `{}` expected, {} found: the other shards are found by it",
            suffix(split.no),
            quoted(name)
        ))
    })?;
    Ok(path.with_file_name(format!("{stem}{}", suffix(no))))
}
