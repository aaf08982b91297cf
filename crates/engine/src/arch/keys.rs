//! An architecture's metadata: what is given must be right, what is not given takes a default.
use crate::{Error, gguf::Gguf};

pub(super) struct Keys<'a> {
    pub file: &'a Gguf,
    /// What keys begin with.
    pub arch: &'static str,
}

impl Keys<'_> {
    pub(super) fn name(&self, suffix: &str) -> String {
        format!("{}.{suffix}", self.arch)
    }

    /// A required count from 1 to `max`.
    pub(super) fn count(&self, suffix: &str, max: u64) -> Result<usize, Error> {
        match self.file.u64(&self.name(suffix))? {
            n if n > 0 && n <= max => Ok(n as usize),
            n => Err(Error::format(format!("metadata `{}`: 1 to {max} expected, {n} found", self.name(suffix)))),
        }
    }

    pub(super) fn optional_count(&self, suffix: &str, max: u64) -> Result<Option<usize>, Error> {
        self.file.get(&self.name(suffix)).map(|_| self.count(suffix, max)).transpose()
    }

    pub(super) fn count_or(&self, suffix: &str, max: u64, default: usize) -> Result<usize, Error> {
        Ok(self.optional_count(suffix, max)?.unwrap_or(default))
    }

    /// A required number from `min` to `max`; never NaN.
    pub(super) fn required_number(&self, suffix: &str, min: f32, max: f32) -> Result<f32, Error> {
        let x = self.file.f32(&self.name(suffix))?;
        if !(min..=max).contains(&x) {
            return Err(Error::format(format!("metadata `{}`: {min} to {max} expected, {x} found", self.name(suffix))));
        }
        Ok(x)
    }

    pub(super) fn optional_number(&self, suffix: &str, min: f32, max: f32) -> Result<Option<f32>, Error> {
        self.file.get(&self.name(suffix)).map(|_| self.required_number(suffix, min, max)).transpose()
    }

    /// A number up to `max` that 0 turns off.
    pub(super) fn positive(&self, suffix: &str, max: f32) -> Result<Option<f32>, Error> {
        Ok(self.optional_number(suffix, 0.0, max)?.filter(|x| *x > 0.0))
    }

    pub(super) fn optional_str(&self, suffix: &str) -> Result<Option<&str>, Error> {
        let key = self.name(suffix);
        self.file.get(&key).map(|_| self.file.str(&key)).transpose()
    }
}
