//! Writes GGUF files for tests, right ones and wrong ones: nothing here is checked.

/// A metadata value: its type's number and its bytes.
#[derive(Clone)]
pub(crate) struct Meta(pub u32, pub Vec<u8>);

/// One tensor.
#[derive(Clone)]
pub(crate) struct Tensor {
    pub name: String,
    pub shape: Vec<u64>,
    /// The element type's number.
    pub kind: u32,
    pub bytes: Vec<u8>,
    /// Where it says that it lies, if not where it does.
    pub offset: Option<u64>,
}

/// A file to be written.
#[derive(Clone)]
pub(crate) struct File {
    pub version: u32,
    pub metadata: Vec<(String, Meta)>,
    pub tensors: Vec<Tensor>,
}

impl File {
    pub(crate) fn new() -> Self {
        Self { version: 3, metadata: Vec::new(), tensors: Vec::new() }
    }

    /// Adds `key`, or changes it where it stands.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Meta>) {
        let value = value.into();
        match self.metadata.iter_mut().find(|(k, _)| k == key) {
            Some((_, old)) => *old = value,
            None => self.metadata.push((key.to_owned(), value)),
        }
    }

    pub(crate) fn add(&mut self, name: &str, shape: &[usize], kind: u32, bytes: Vec<u8>) {
        let shape = shape.iter().map(|n| *n as u64).collect();
        self.tensors.push(Tensor { name: name.to_owned(), shape, kind, bytes, offset: None });
    }

    /// All but the tensors' bytes, padded to where they begin.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, Meta(kind, bytes)) in &self.metadata {
            text(&mut out, key);
            out.extend(kind.to_le_bytes());
            out.extend(bytes);
        }
        let mut at = 0;
        for t in &self.tensors {
            text(&mut out, &t.name);
            out.extend((t.shape.len() as u32).to_le_bytes());
            t.shape.iter().for_each(|n| out.extend(n.to_le_bytes()));
            out.extend(t.kind.to_le_bytes());
            out.extend(t.offset.unwrap_or(at).to_le_bytes());
            at += t.bytes.len().next_multiple_of(32) as u64;
        }
        out.resize(out.len().next_multiple_of(32), 0);
        out
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = self.head();
        for t in &self.tensors {
            out.extend(&t.bytes);
            out.resize(out.len().next_multiple_of(32), 0);
        }
        out
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

macro_rules! scalars {
    ($($kind:literal $type:ty),*) => { $(
        impl From<$type> for Meta {
            fn from(x: $type) -> Self {
                Self($kind, x.to_le_bytes().to_vec())
            }
        }
        impl From<&[$type]> for Meta {
            fn from(all: &[$type]) -> Self {
                let bytes: Vec<u8> = all.iter().flat_map(|x| x.to_le_bytes()).collect();
                array($kind, all.len(), bytes)
            }
        }
    )* };
}
scalars!(2 u16, 4 u32, 5 i32, 6 f32, 10 u64);

impl From<bool> for Meta {
    fn from(x: bool) -> Self {
        Self(7, vec![u8::from(x)])
    }
}

impl From<&[bool]> for Meta {
    fn from(all: &[bool]) -> Self {
        array(7, all.len(), all.iter().map(|x| u8::from(*x)).collect())
    }
}

impl From<&str> for Meta {
    fn from(x: &str) -> Self {
        let mut bytes = Vec::new();
        text(&mut bytes, x);
        Self(8, bytes)
    }
}

impl From<&[String]> for Meta {
    fn from(all: &[String]) -> Self {
        let mut bytes = Vec::new();
        all.iter().for_each(|x| text(&mut bytes, x));
        array(8, all.len(), bytes)
    }
}

fn array(kind: u32, len: usize, elements: Vec<u8>) -> Meta {
    Meta(9, [&kind.to_le_bytes()[..], &(len as u64).to_le_bytes(), &elements].concat())
}
