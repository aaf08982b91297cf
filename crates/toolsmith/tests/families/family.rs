//! The six families: instances, texts that are nearly theirs, and what a maker wrote for each.
mod answer;
mod draw;
mod dyck;
mod foreign;
mod logical_deduction;
mod remainder;
mod scheduling;
mod tracking;
mod word_sorting;

use fastrand::Rng;
use toolsmith::{Example, Tool};

/// Instances of a family, and what a maker wrote for it.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    instance: fn(&mut Rng) -> Example,
    near_miss: fn(&mut Rng) -> String,
    /// The maker's answer with the right tool.
    pub(crate) mended: &'static str,
    /// The answer of a second maker, who never saw the first's: another way to read, and another to compute.
    pub(crate) second: &'static str,
    /// What the first maker wrote first, which is wrong.
    pub(crate) first: &'static str,
}

macro_rules! family {
    ($name:ident) => {
        Family {
            name: stringify!($name),
            instance: $name::instance,
            near_miss: $name::near_miss,
            mended: include_str!(concat!("tools/", stringify!($name), ".md")),
            second: include_str!(concat!("tools/", stringify!($name), ".second.md")),
            first: include_str!(concat!("tools/", stringify!($name), ".first.md")),
        }
    };
}

pub(crate) static FAMILIES: [Family; 6] = [
    family!(logical_deduction),
    family!(tracking),
    family!(dyck),
    family!(word_sorting),
    family!(remainder),
    family!(scheduling),
];

impl Family {
    /// The right tool.
    ///
    /// # Errors
    /// Where the maker's answer is not in its form.
    pub(crate) fn tool(&self) -> Result<Tool, String> {
        answer::tool(self.mended).map_err(|error| format!("{}: {error}", self.name))
    }

    /// The second maker's tool.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn second_tool(&self) -> Result<Tool, String> {
        answer::tool(self.second).map_err(|error| format!("{}, second: {error}", self.name))
    }

    /// The tool that was written first.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn first_tool(&self) -> Result<Tool, String> {
        answer::tool(self.first).map_err(|error| format!("{}, first: {error}", self.name))
    }

    /// `n` of its requests with their answers; with another seed others.
    pub(crate) fn instances(&self, n: usize, seed: u64) -> Vec<Example> {
        let mut rng = Rng::with_seed(self.name.len() as u64 + 1000 * seed);
        (0..n).map(|_| (self.instance)(&mut rng)).collect()
    }

    /// `n` texts that are nearly its requests, and are to be declined.
    pub(crate) fn near_misses(&self, n: usize, seed: u64) -> Vec<String> {
        let mut rng = Rng::with_seed(self.name.len() as u64 + 100 + 1000 * seed);
        (0..n).map(|_| (self.near_miss)(&mut rng)).collect()
    }

    /// `n` requests of each of the others.
    pub(crate) fn of_others(&self, n: usize, seed: u64) -> Vec<String> {
        let others = FAMILIES.iter().filter(|other| other.name != self.name);
        others.flat_map(|other| other.instances(n, seed)).map(|example| example.text).collect()
    }
}

/// `n` texts that are no tool's.
pub(crate) fn foreign(rng: &mut Rng, n: usize) -> Vec<String> {
    foreign::requests(rng, n)
}
