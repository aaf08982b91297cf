//! What a key may use, by the moment, minute, day and month: pure arithmetic, the same on every database.
use crate::{
    calendar::{DAY, MINUTE, Micros, month_of, month_start},
    standing::Taken,
};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    ops::{Add, AddAssign, Neg},
};

/// The most that a key may use; `None` is without limit. Minutes, days and months are those of UTC.
///
/// A request counts in the windows in which it was reserved, whenever it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests at work at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<i64>,
    /// Requests a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_minute: Option<i64>,
    /// Tokens a minute, read and written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_minute: Option<i64>,
    /// Tokens a day, read and written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_day: Option<i64>,
    /// Tokens a month, read and written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_month: Option<i64>,
    /// Micro-USD a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_day: Option<i64>,
    /// Micro-USD a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_month: Option<i64>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// How many limits there may be.
    pub const N: usize = 7;

    /// All limits in words, as a `Refusal` names them, in the order of the fields.
    pub fn all(&self) -> [(&'static str, Option<i64>); Self::N] {
        self.each().map(|(limit, most, ..)| (limit, most))
    }

    /// Each limit beside what is used and held of it, by window.
    pub(crate) fn taken(&self, windows: Windows, used: &[Amount; 4], held: &[Amount; 4]) -> [Taken; Self::N] {
        self.each().map(|(limit, most, window, count)| {
            let [used, held] = [used, held].map(|amounts| count(&amounts[window as usize]));
            Taken { limit, most, used, held, until: windows.end(window) }
        })
    }

    /// Each limit with its name, its window and what of an amount it counts.
    fn each(&self) -> [(&'static str, Option<i64>, Window, Count); Self::N] {
        [
            ("concurrent requests", self.concurrent, Window::Now, |a| a.requests),
            ("requests a minute", self.requests_minute, Window::Minute, |a| a.requests),
            ("tokens a minute", self.tokens_minute, Window::Minute, |a| a.tokens),
            ("tokens a day", self.tokens_day, Window::Day, |a| a.tokens),
            ("tokens a month", self.tokens_month, Window::Month, |a| a.tokens),
            ("micro-USD a day", self.cost_day, Window::Day, |a| a.cost),
            ("micro-USD a month", self.cost_month, Window::Month, |a| a.cost),
        ]
    }

    /// The limits that are set.
    fn set(&self) -> impl Iterator<Item = (&'static str, i64, Window, Count)> {
        self.each().into_iter().filter_map(|(name, most, window, count)| Some((name, most?, window, count)))
    }

    /// Which windows have a limit.
    pub(crate) fn windows(&self) -> [bool; 4] {
        let mut found = [false; 4];
        self.set().for_each(|(_, _, window, _)| found[window as usize] = true);
        found
    }

    /// The name of a limit that is negative.
    pub(crate) fn negative(&self) -> Option<&'static str> {
        self.set().find(|(_, most, _, _)| *most < 0).map(|(name, ..)| name)
    }
}

type Count = fn(&Amount) -> i64;

/// What a request uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Requests: one, usually.
    pub requests: i64,
    /// Tokens read and written.
    pub tokens: i64,
    /// Micro-USD.
    pub cost: i64,
}

impl Amount {
    /// The most of anything that one request can use: sums of it are far from overflow.
    pub(crate) const MOST: Self = Self { requests: 1 << 40, tokens: 1 << 40, cost: 1 << 40 };

    /// One request with so many tokens and micro-USD.
    pub fn request(tokens: i64, cost: i64) -> Self {
        Self { requests: 1, tokens, cost }
    }

    pub(crate) fn times(self, n: i64) -> Self {
        Self {
            requests: self.requests.saturating_mul(n),
            tokens: self.tokens.saturating_mul(n),
            cost: self.cost.saturating_mul(n),
        }
    }

    /// Whether `other` is at most this in every count.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.requests >= other.requests && self.tokens >= other.tokens && self.cost >= other.cost
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests.saturating_add(other.requests),
            tokens: self.tokens.saturating_add(other.tokens),
            cost: self.cost.saturating_add(other.cost),
        }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        self.times(-1)
    }
}

/// What a limit is measured over. The numbers stand in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    Now = 0,
    Minute = 1,
    Day = 2,
    Month = 3,
}

/// The windows around a moment, as numbers: 0, its minute, its day, its month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Windows(pub(crate) [i64; 4]);

impl Windows {
    pub(crate) fn at(time: Micros) -> Self {
        Self([0, time.div_euclid(MINUTE), time.div_euclid(DAY), month_of(time)])
    }

    fn end(&self, window: Window) -> Option<Micros> {
        let next = self.0[window as usize] + 1;
        match window {
            Window::Now => None,
            Window::Minute => Some(next * MINUTE),
            Window::Day => Some(next * DAY),
            Window::Month => Some(month_start(next)),
        }
    }
}

/// Which limit a request would have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The limit in words: `tokens a minute`.
    pub limit: &'static str,
    /// How much it allows.
    pub most: i64,
    /// How much of that is used or reserved.
    pub taken: i64,
    /// How much the request asked for.
    pub asked: i64,
    /// When the window ends; none for concurrent requests.
    pub until: Option<Micros>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, most, taken, asked, .. } = self;
        write!(f, "the key allows {most} {limit}, {taken} are used or reserved, {asked} more were asked for: ")?;
        f.write_str(if self.asked > self.most { "ask for less, or have the limit raised" } else { "try again later" })
    }
}

/// A key's limits beside what is taken in each window around now: used, or reserved by anybody.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) limits: Limits,
    pub(crate) windows: Windows,
    pub(crate) taken: [Amount; 4],
}

impl Account {
    /// Takes `need`, if every limit allows it.
    pub(crate) fn grant(&mut self, need: Amount) -> Result<(), Refusal> {
        for (limit, most, window, count) in self.limits.set() {
            let (taken, asked) = (count(&self.taken[window as usize]), count(&need));
            if taken.saturating_add(asked) > most {
                return Err(Refusal { limit, most, taken, asked, until: self.windows.end(window) });
            }
        }
        self.taken.iter_mut().for_each(|t| *t += need);
        Ok(())
    }

    /// Takes ahead for requests that are likely to follow one like `need`: 64, or a sixteenth of what is left.
    ///
    /// A sixteenth, so that near its end a budget is taken request by request, and no replica holds what another needs.
    pub(crate) fn ahead(&mut self, need: Amount) -> Amount {
        let fit = |(_, most, window, count): (_, i64, Window, Count)| {
            let (left, each) = (most.saturating_sub(count(&self.taken[window as usize])), count(&need));
            if each == 0 { i64::MAX } else { left / each / 16 }
        };
        let n = self.limits.set().map(fit).min().unwrap_or(0).clamp(0, 64);
        self.taken.iter_mut().for_each(|t| *t += need.times(n));
        need.times(n)
    }
}
