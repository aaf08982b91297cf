//! Shows how far a transfer is: a bar with speed and time left on a terminal, plain lines elsewhere.
use super::say;
use crate::units::bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

const BAR: &str = "{msg}  [{bar:30}]  {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left";
const COUNT: &str = "{msg}  {spinner}  {decimal_bytes}  {decimal_bytes_per_sec}";

/// One transfer.
pub(super) struct Progress {
    what: String,
    bar: ProgressBar,
    begun: Option<(Instant, u64)>,
}

impl Progress {
    /// A transfer that is called `what`.
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), bar: ProgressBar::hidden(), begun: None }
    }

    /// It begins at byte `at` of `total`.
    pub(super) fn begin(&mut self, at: u64, total: Option<u64>) {
        self.begun = Some((Instant::now(), at));
        self.bar.finish_and_clear();
        // hidden unless standard error is a terminal
        self.bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr())
            .with_message(self.what.clone())
            .with_position(at);
        if let Ok(style) = ProgressStyle::with_template(if total.is_some() { BAR } else { COUNT }) {
            self.bar.set_style(style.progress_chars("=> "));
        }
        // what was there before says nothing about the speed
        self.bar.reset_eta();
        self.bar.enable_steady_tick(Duration::from_millis(200));
        if self.bar.is_hidden() {
            let size = total.map_or_else(|| "size unknown".to_owned(), bytes);
            let from = if at > 0 { format!(", of which {} are here", bytes(at)) } else { String::new() };
            say(&format!("{}: {size}{from}", self.what));
        }
    }

    /// It is at byte `at`.
    pub(super) fn at(&mut self, at: u64) {
        self.bar.set_position(at);
    }

    /// A line beside it.
    pub(super) fn note(&self, line: &str) {
        self.bar.suspend(|| say(line));
    }

    /// It ended, at byte `at`.
    pub(super) fn done(&self, at: u64) {
        self.bar.finish_and_clear();
        if let Some((begun, first)) = self.begun {
            let (n, seconds) = (at.saturating_sub(first), begun.elapsed().as_secs_f64());
            let speed =
                if seconds > 0.1 { format!(", {}/s", bytes((n as f64 / seconds) as u64)) } else { String::new() };
            say(&format!("{}: {} in {seconds:.1} s{speed}", self.what, bytes(n)));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
