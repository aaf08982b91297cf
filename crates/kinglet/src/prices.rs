//! `kinglet prices`: the price book in force, and whether a list of own prices can be read.
use crate::{
    config::Config,
    money, out,
    table::{Side, table},
    when,
};
use clap::{Args, Subcommand};
use ledger::{Book, Micros, Price};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Prices {
    #[command(subcommand)]
    check: Option<Check>,
    /// Only those whose provider and model hold each of these words.
    words: Vec<String>,
    /// Those in force on that day (UTC) [default: today].
    #[arg(long, value_name = "DATE", value_parser = when::day)]
    on: Option<Micros>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Check {
    /// Check a list of own prices.
    Check {
        /// CSV, as ledger.prices takes it.
        file: PathBuf,
    },
}

impl Prices {
    pub(crate) fn run(&self, config: &Config) -> Result<(), String> {
        if let Some(Check::Check { file }) = &self.check {
            return check(file);
        }
        let (book, time) = (book(config)?, self.on.unwrap_or_else(when::now));
        let own =
            config.hardware()?.map(|machine| machine.price("any", time)).transpose().map_err(|e| e.to_string())?;
        let words: Vec<_> = self.words.iter().map(|word| word.to_lowercase()).collect();
        let meant = |price: &&Price| {
            let name = format!("{}/{}", price.provider, price.model).to_lowercase();
            words.iter().all(|word| name.contains(word))
        };
        let prices: Vec<_> = own.iter().chain(book.in_force(time)).filter(meant).collect();
        if prices.is_empty() && !self.json {
            let (words, day) = (self.words.join(" "), when::date(time));
            return Err(format!(
                "prices: none for `{words}` on {day}; add it to a list of your own, see ledger.prices"
            ));
        }
        match self.json {
            true => out::print_json(&prices.into_iter().map(as_json).collect()),
            false => out::print(&table(&HEAD, prices.into_iter().map(row))),
        }
    }
}

/// The prices in force: the operator's own, and before whom they do not name, those that come with the program.
///
/// # Errors
/// Faults of the operator's list, by line.
pub(crate) fn book(config: &Config) -> Result<Book, String> {
    let book = Book::own().map_err(|e| e.to_string())?;
    let Some(file) = &config.accounts.prices else {
        return Ok(book);
    };
    let read = fs::read_to_string(file).map_err(|e| e.to_string());
    let with = read.and_then(|text| book.with(&text).map_err(|e| e.to_string()));
    with.map_err(|e| config.about("ledger.prices", &format!("{}: {e}", file.display())))
}

fn check(file: &Path) -> Result<(), String> {
    let name = file.display();
    let text = fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
    let faults = Book::faults(&text);
    if !faults.is_empty() {
        let faults: Vec<_> = faults.iter().map(|fault| format!("{name}, {fault}")).collect();
        return Err(faults.join("\n"));
    }
    let book = Book::default().with(&text).map_err(|e| format!("{name}: {e}"))?;
    let doubts: String = book.flagged().iter().map(|doubt| format!("{name}, {doubt}: look again\n")).collect();
    out::print(&format!("{doubts}{name}: {} prices, all can be read\n", book.prices().count()))
}

const HEAD: [(&str, Side); 8] = [
    ("PROVIDER", Side::Left),
    ("MODEL", Side::Left),
    ("INPUT", Side::Right),
    ("CACHED", Side::Right),
    ("OUTPUT", Side::Right),
    ("FROM", Side::Left),
    ("UNTIL", Side::Left),
    ("SOURCE", Side::Left),
];

/// USD per million tokens.
fn row(price: &Price) -> [String; 8] {
    [
        price.provider.clone(),
        price.model.clone(),
        money::exact(price.input),
        money::exact(price.cached_input),
        money::exact(price.output),
        when::date(price.valid_from),
        price.valid_to.map_or_else(|| "-".to_owned(), when::date),
        price.source.clone(),
    ]
}

fn as_json(price: &Price) -> Value {
    json!({
        "provider": price.provider,
        "model": price.model,
        "input_usd_per_million": money::json(price.input),
        "cached_input_usd_per_million": money::json(price.cached_input),
        "output_usd_per_million": money::json(price.output),
        "valid_from": when::date(price.valid_from),
        "valid_to": price.valid_to.map(when::date),
        "source": price.source,
    })
}
