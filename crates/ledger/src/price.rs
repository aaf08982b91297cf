//! The price book: what a model's tokens cost on a day, as dated facts; money in whole micro-USD, never in floats.
use crate::{Error, Micros, Result, Tokens, calendar};
use std::{collections::HashMap, fmt};

/// What a model's tokens cost, from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Who sells it.
    pub provider: String,
    /// The model as its seller names it.
    pub model: String,
    /// The first moment of the price.
    pub valid_from: Micros,
    /// The first moment after; none while it lasts.
    pub valid_to: Option<Micros>,
    /// Micro-USD per million tokens of a prompt.
    pub input: i64,
    /// Micro-USD per million tokens of a prompt that were found in a cache.
    pub cached_input: i64,
    /// Micro-USD per million tokens written, reasoning too.
    pub output: i64,
    /// Who says so.
    pub source: String,
}

impl Price {
    /// What `tokens` cost in micro-USD: summed exactly, and rounded once, half up.
    pub fn cost(&self, tokens: &Tokens) -> i64 {
        let fresh = i128::from(tokens.input) - i128::from(tokens.cached_input);
        let sum = fresh * i128::from(self.input)
            + i128::from(tokens.cached_input) * i128::from(self.cached_input)
            + i128::from(tokens.output) * i128::from(self.output);
        i64::try_from((sum + 500_000).div_euclid(1_000_000)).unwrap_or(i64::MAX)
    }
}

/// This machine, whose tokens cost something too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hardware {
    /// Micro-USD an hour, for having it.
    pub usd_hour: i64,
    /// Watts while it works.
    pub watts: i64,
    /// Micro-USD a kilowatt-hour.
    pub usd_kwh: i64,
    /// Thousandths of a token a second that it reads, all requests together, as measured.
    pub input_speed: i64,
    /// Thousandths of a token a second that it writes, all requests together, as measured.
    pub output_speed: i64,
}

impl Hardware {
    /// What the tokens of `model` cost here: an hour's cost over an hour's tokens. Cached ones take no work.
    ///
    /// # Errors
    /// `Input` if a speed is not positive, or another number negative.
    pub fn price(&self, model: &str, valid_from: Micros) -> Result<Price> {
        if self.input_speed <= 0 || self.output_speed <= 0 {
            return Err(Error::input("hardware: a speed above 0 is expected, measure it first"));
        }
        if self.usd_hour < 0 || self.watts < 0 || self.usd_kwh < 0 {
            return Err(Error::input("hardware: prices and watts are at least 0"));
        }
        let hour = i128::from(self.usd_hour) * 1000 + i128::from(self.watts) * i128::from(self.usd_kwh); // in 1/1000
        let per_million = |speed: i64| {
            let hourly = i128::from(speed) * 3600; // in 1/1000, as the hour's cost: both cancel
            i64::try_from((hour * 1_000_000 + hourly / 2) / hourly).unwrap_or(i64::MAX)
        };
        Ok(Price {
            provider: "local".to_owned(),
            model: model.to_owned(),
            valid_from,
            valid_to: None,
            input: per_million(self.input_speed),
            cached_input: 0,
            output: per_million(self.output_speed),
            source: "hardware and measured speed".to_owned(),
        })
    }
}

/// Something wrong with a line of a price list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// Lowercase, no full stop.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Price lists, a later one before an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// By provider and model; of each the lists that have it, each by time.
    prices: HashMap<(String, String), Vec<Vec<Price>>>,
    flagged: Vec<Fault>,
}

const HEAD: &str = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source";

impl Book {
    /// The list that comes with the program.
    ///
    /// # Errors
    /// `Input` if it is broken, which a test rules out.
    pub fn own() -> Result<Self> {
        Self::default().with(include_str!("../data/prices.csv"))
    }

    /// The same book with a further list, whose prices go before those of the lists so far: what was negotiated, say.
    ///
    /// A list is CSV without quotes: a head, then one price a line in USD per million tokens; `#` begins a remark.
    ///
    /// # Errors
    /// `Input`, naming all lines that cannot be read, and prices of one model that overlap in time.
    pub fn with(mut self, csv: &str) -> Result<Self> {
        let list = list(csv).map_err(|faults| {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            Error::input(format!("price list: {}", faults.join("; ")))
        })?;
        self.flagged.extend(outliers(list.values().flatten()));
        for (name, prices) in list {
            self.prices.entry(name).or_default().push(prices.into_iter().map(|(_, price)| price).collect());
        }
        Ok(self)
    }

    /// What is wrong with a list, line by line; nothing, if `with` takes it.
    pub fn faults(csv: &str) -> Vec<Fault> {
        list(csv).err().unwrap_or_default()
    }

    /// Prices over ten times the median of the same model's, at whichever seller: to be looked at by a person.
    pub fn flagged(&self) -> &[Fault] {
        &self.flagged
    }

    /// The price of a model at a time.
    pub fn price(&self, provider: &str, model: &str, time: Micros) -> Option<&Price> {
        let lists = self.prices.get(&name(provider, model))?;
        let valid = |p: &&Price| p.valid_from <= time && p.valid_to.is_none_or(|end| time < end);
        lists.iter().rev().find_map(|list| list.iter().find(valid))
    }

    /// All prices, also those that are over, and those that a later list stands before; in no order.
    pub fn prices(&self) -> impl Iterator<Item = &Price> {
        self.prices.values().flatten().flatten()
    }

    /// The price of every model at a time, by provider and model.
    pub fn in_force(&self, time: Micros) -> Vec<&Price> {
        let mut names: Vec<_> = self.prices.keys().collect();
        names.sort();
        names.into_iter().filter_map(|(provider, model)| self.price(provider, model, time)).collect()
    }
}

/// The prices of a list by provider and model, each with its line and by time.
type List = HashMap<(String, String), Vec<(usize, Price)>>;

fn list(csv: &str) -> std::result::Result<List, Vec<Fault>> {
    let lines = csv.lines().zip(1..).filter(|(l, _)| !l.trim().is_empty() && !l.starts_with('#'));
    let mut lines = lines.map(|(text, line)| (text.trim(), line));
    let (head, line) = lines.next().unwrap_or(("", 1));
    if head != HEAD {
        return Err(vec![Fault { line, message: format!("the head `{HEAD}` is expected") }]);
    }
    let mut faults = Vec::new();
    let mut list = List::new();
    for (text, line) in lines {
        match read(text) {
            Ok(price) => list.entry(name(&price.provider, &price.model)).or_default().push((line, price)),
            Err(message) => faults.push(Fault { line, message }),
        }
    }
    for prices in list.values_mut() {
        prices.sort_by_key(|(_, p)| p.valid_from);
        faults.extend(prices.windows(2).filter_map(overlap));
    }
    faults.sort_by_key(|f| f.line);
    if faults.is_empty() { Ok(list) } else { Err(faults) }
}

/// Names are the same in capitals and without.
fn name(provider: &str, model: &str) -> (String, String) {
    (provider.to_lowercase(), model.to_lowercase())
}

fn read(line: &str) -> std::result::Result<Price, String> {
    let fields: Vec<_> = line.split(',').map(str::trim).collect();
    let [provider, model, from, to, input, cached, output, currency, source] = fields[..] else {
        return Err(format!("9 fields expected, {} found", fields.len()));
    };
    if provider.is_empty() || model.is_empty() || source.is_empty() {
        return Err("provider, model and source are needed".to_owned());
    }
    if currency != "USD" {
        return Err(format!("currency `{currency}`: USD is expected: convert it, and name the rate in the source"));
    }
    let day =
        |text: &str| calendar::midnight(text).ok_or_else(|| format!("`{text}`: a date like 2024-05-13 is expected"));
    let valid_from = day(from)?;
    let valid_to = if to.is_empty() { None } else { Some(day(to)?) };
    if valid_to.is_some_and(|end| end <= valid_from) {
        return Err(format!("valid to {to}: later than {from} is expected"));
    }
    let input = micro_usd(input)?;
    let cached_input = if cached.is_empty() { input } else { micro_usd(cached)? };
    let output = micro_usd(output)?;
    let [provider, model, source] = [provider, model, source].map(str::to_owned);
    Ok(Price { provider, model, valid_from, valid_to, input, cached_input, output, source })
}

/// A decimal number of dollars as micro-USD, without a float in between.
fn micro_usd(text: &str) -> std::result::Result<i64, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let number = (digits(whole) && digits(part) && !whole.is_empty() && part.len() <= 6)
        .then(|| format!("{whole}{part:0<6}").parse().ok())
        .flatten();
    number.ok_or_else(|| format!("`{text}`: a price of at least 0 with at most 6 decimals is expected"))
}

fn overlap(pair: &[(usize, Price)]) -> Option<Fault> {
    let [(_, first), (line, second)] = pair else { return None };
    let overlaps = first.valid_to.is_none_or(|end| end > second.valid_from);
    let message = || format!("`{}` of `{}`: overlaps an earlier price, end that one", second.model, second.provider);
    overlaps.then(|| Fault { line: *line, message: message() })
}

/// Of models with at least three prices, those over ten times the median.
fn outliers<'a>(prices: impl Iterator<Item = &'a (usize, Price)>) -> Vec<Fault> {
    let mut models: HashMap<String, Vec<&(usize, Price)>> = HashMap::new();
    for price in prices {
        // sellers put a maker's name before a model's
        let model = price.1.model.rsplit('/').next().unwrap_or_default().to_lowercase();
        models.entry(model).or_default().push(price);
    }
    let mut found = Vec::new();
    for (model, prices) in models.into_iter().filter(|(_, prices)| prices.len() > 2) {
        for (what, of) in [("input", (|p| p.input) as fn(&Price) -> i64), ("output", |p| p.output)] {
            let mut sorted: Vec<_> = prices.iter().map(|(_, p)| of(p)).collect();
            sorted.sort_unstable();
            let median = sorted[sorted.len() / 2];
            let high = prices.iter().filter(|(_, p)| of(p) > median.saturating_mul(10));
            found.extend(high.map(|(line, p)| Fault {
                line: *line,
                message: format!("`{model}` of `{}`: {what} over ten times the median of its prices", p.provider),
            }));
        }
    }
    found.sort_by_key(|f| f.line);
    found
}
