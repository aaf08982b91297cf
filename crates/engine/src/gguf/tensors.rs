//! The list of tensors in a GGUF file: names, shapes, types and places, each inside the file and none over another.
use super::{Tensor, cursor::Cursor};
use crate::{Error, error::quoted, quant::Type};
use std::collections::HashMap;

/// Longest name, as the format says.
const MAX_NAME: usize = 64;

/// Tensors in file order, and the place of each name.
pub(super) type Tensors = (Vec<Tensor>, HashMap<String, usize>);

pub(super) fn read(c: &mut Cursor<'_>, n: u64, alignment: usize) -> Result<Tensors, Error> {
    let (mut tensors, mut index) = (Vec::new(), HashMap::new());
    for _ in 0..n {
        let name = c.string("a tensor's name")?;
        if !(1..=MAX_NAME).contains(&name.len()) {
            return Err(Error::format(format!(
                "a tensor's name of 1 to {MAX_NAME} bytes expected, {} bytes found: {}",
                name.len(),
                quoted(name)
            )));
        }
        let tensor = tensor(c, name, alignment).map_err(|e| e.within(&format!("tensor {}", quoted(name))))?;
        if index.insert(name.to_owned(), tensors.len()).is_some() {
            return Err(Error::format(format!("tensor {} stands twice", quoted(name))));
        }
        tensors.push(tensor);
    }
    place(&mut tensors, c.position().next_multiple_of(alignment), c.len())?;
    Ok((tensors, index))
}

/// One tensor, its bytes counted from the start of the data.
fn tensor(c: &mut Cursor<'_>, name: &str, alignment: usize) -> Result<Tensor, Error> {
    let n_dims = c.u32("the number of dimensions")?;
    if !(1..=4).contains(&n_dims) {
        return Err(Error::format(format!("1 to 4 dimensions expected, {n_dims} found")));
    }
    let dims = (0..n_dims).map(|_| c.u64("a dimension")).collect::<Result<Vec<_>, _>>()?;
    let kind = Type::from_id(c.u32("the element type")?)?;
    let impossible = || Error::format(format!("impossible shape {dims:?}"));
    let shape: Vec<usize> =
        dims.iter().map(|n| usize::try_from(*n)).collect::<Result<_, _>>().map_err(|_| impossible())?;
    let n = shape.iter().try_fold(1usize, |n, dim| n.checked_mul(*dim)).filter(|n| *n > 0).ok_or_else(impossible)?;
    if !shape[0].is_multiple_of(kind.block_len()) {
        return Err(Error::format(format!(
            "rows of whole blocks of {} weights expected for {}, {} found",
            kind.block_len(),
            kind.name(),
            shape[0]
        )));
    }
    let n_bytes = (n / kind.block_len()).checked_mul(kind.block_bytes()).ok_or_else(impossible)?;
    let offset = usize::try_from(c.u64("the offset")?).unwrap_or(usize::MAX);
    if !offset.is_multiple_of(alignment) {
        return Err(Error::format(format!("offset aligned to {alignment} expected, {offset} found")));
    }
    let bytes = offset..offset.saturating_add(n_bytes);
    Ok(Tensor { name: name.to_owned(), shape, kind, shard: 0, bytes })
}

/// Moves offsets from the start of the data to the start of the file; refuses overlaps and what lies outside.
fn place(tensors: &mut [Tensor], data: usize, file_len: usize) -> Result<(), Error> {
    for t in tensors.iter_mut() {
        let end = t.bytes.end.checked_add(data).filter(|end| *end <= file_len).ok_or_else(|| {
            Error::format(format!(
                "tensor {}: its bytes end at {} of {file_len}; the file is cut or its header is wrong",
                quoted(&t.name),
                t.bytes.end.saturating_add(data)
            ))
        })?;
        t.bytes = t.bytes.start + data..end;
    }
    let mut order: Vec<&Tensor> = tensors.iter().collect();
    order.sort_by_key(|t| t.bytes.start);
    for pair in order.windows(2) {
        if pair[0].bytes.end > pair[1].bytes.start {
            let (a, b) = (quoted(&pair[0].name), quoted(&pair[1].name));
            return Err(Error::format(format!("tensors {a} and {b} overlap")));
        }
    }
    Ok(())
}
