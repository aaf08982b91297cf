//! Dates as `strftime` writes them, in the C locale, for templates that tell the model what day it is.

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAY: i64 = 86_400;
/// Widest field that is filled.
const MAX_WIDTH: usize = 1000;

/// A moment by the calendar.
struct Date {
    seconds: i64,
    year: i64,
    /// 1 to 12.
    month: i64,
    /// 1 to 31.
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// 0 is Sunday.
    weekday: i64,
    /// 1 to 366.
    yearday: i64,
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; years begin in March here, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let yearday = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + yearday - 719_468
}

impl Date {
    fn new(seconds: i64) -> Self {
        let (n_days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // 400 years have 146097 days
        let mut year = 1970 + n_days.div_euclid(146_097) * 400;
        let mut left = n_days.rem_euclid(146_097);
        let length = |year| days(year + 1, 1, 1) - days(year, 1, 1);
        while left >= length(year) {
            left -= length(year);
            year += 1;
        }
        let of_year = left;
        let start = days(year, 1, 1);
        let month = (1..=12).rfind(|m| days(year, *m, 1) - start <= of_year).unwrap_or(1);
        Self {
            seconds,
            year,
            month,
            day: of_year - (days(year, month, 1) - start) + 1,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            weekday: (n_days + 4).rem_euclid(7),
            yearday: of_year + 1,
        }
    }

    /// Weeks that begin on `first` (0 is Sunday), counted from the year's first such day.
    fn week(&self, first: i64) -> i64 {
        (self.yearday + 6 - (self.weekday - first).rem_euclid(7)) / 7
    }

    /// Year and week of ISO 8601, where week 1 has the year's first Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let from_monday = (self.weekday + 6) % 7;
        let thursday = Self::new(self.seconds + (3 - from_monday) * DAY);
        (thursday.year, (thursday.yearday - 1) / 7 + 1)
    }

    /// What stands for `%` and `code`, and how a number in it is padded: (text, width, fill).
    fn field(&self, code: char) -> Option<(String, usize, char)> {
        let number = |n: i64, width| Some((n.to_string(), width, '0'));
        let spaced = |n: i64| Some((n.to_string(), 2, ' '));
        let text = |s: &str| Some((s.to_owned(), 0, ' '));
        let hour12 = (self.hour + 11) % 12 + 1;
        let name = |names: &'static [&'static str], i: i64| names.get(i as usize).copied().unwrap_or("");
        match code {
            'a' => text(&name(&DAYS, self.weekday)[..3]),
            'A' => text(name(&DAYS, self.weekday)),
            'b' | 'h' => text(&name(&MONTHS, self.month - 1)[..3]),
            'B' => text(name(&MONTHS, self.month - 1)),
            'C' => number(self.year.div_euclid(100), 2),
            'd' => number(self.day, 2),
            'e' => spaced(self.day),
            'f' => text("000000"),
            'g' => number(self.iso_week().0.rem_euclid(100), 2),
            'G' => number(self.iso_week().0, 0),
            'H' => number(self.hour, 2),
            'I' => number(hour12, 2),
            'j' => number(self.yearday, 3),
            'k' => spaced(self.hour),
            'l' => spaced(hour12),
            'm' => number(self.month, 2),
            'M' => number(self.minute, 2),
            'n' => text("\n"),
            'p' => text(if self.hour < 12 { "AM" } else { "PM" }),
            'P' => text(if self.hour < 12 { "am" } else { "pm" }),
            's' => number(self.seconds, 0),
            'S' => number(self.second, 2),
            't' => text("\t"),
            'u' => number((self.weekday + 6) % 7 + 1, 0),
            'U' => number(self.week(0), 2),
            'V' => number(self.iso_week().1, 2),
            'w' => number(self.weekday, 0),
            'W' => number(self.week(1), 2),
            'y' => number(self.year.rem_euclid(100), 2),
            'Y' => number(self.year, 0),
            'z' | 'Z' => text(""),
            '%' => text("%"),
            _ => None,
        }
    }
}

/// The formats that stand for several others.
fn compound(code: char) -> Option<&'static str> {
    Some(match code {
        'c' => "%a %b %e %H:%M:%S %Y",
        'D' | 'x' => "%m/%d/%y",
        'F' => "%Y-%m-%d",
        'r' => "%I:%M:%S %p",
        'R' => "%H:%M",
        'T' | 'X' => "%H:%M:%S",
        _ => return None,
    })
}

/// `format` filled in for the moment `seconds` after 1970 began, as Python's `strftime` does on Linux.
pub(super) fn strftime(seconds: i64, format: &str) -> String {
    let mut out = String::new();
    write(&Date::new(seconds), format, &mut out);
    out
}

fn write(date: &Date, format: &str, out: &mut String) {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let directive = &rest[at + 1..];
        let (modifiers, code) = split_modifiers(directive);
        let Some(code) = code else {
            return out.push_str(&rest[at..]);
        };
        let whole = &directive[..modifiers.len() + code.len_utf8()];
        rest = &directive[whole.len()..];
        let field = match compound(code) {
            Some(format) => {
                let mut text = String::new();
                write(date, format, &mut text);
                Some((text, 0, ' '))
            }
            None => date.field(code),
        };
        match field {
            Some((text, width, fill)) => pad(code, text, width, fill, modifiers, out),
            None => out.extend(["%", whole]),
        }
    }
    out.push_str(rest);
}

/// The flags `_`, `-`, `0`, `^` and `#`, the width and the `E` or `O` that a directive begins with, and its letter.
fn split_modifiers(directive: &str) -> (&str, Option<char>) {
    let width = directive.trim_start_matches(['_', '-', '0', '^', '#']);
    let other = width.trim_start_matches(|c: char| c.is_ascii_digit());
    let letter = other.strip_prefix(['E', 'O']).unwrap_or(other);
    (&directive[..directive.len() - letter.len()], letter.chars().next())
}

fn pad(code: char, text: String, width: usize, fill: char, modifiers: &str, out: &mut String) {
    let n_flags = modifiers.len() - modifiers.trim_start_matches(['_', '-', '0', '^', '#']).len();
    let (flags, rest) = modifiers.split_at(n_flags);
    let wanted: usize = rest.trim_end_matches(['E', 'O']).parse().unwrap_or(0);
    let fill = match flags.chars().rfind(|flag| matches!(flag, '-' | '_' | '0')) {
        Some('-') => None,
        Some('_') => Some(' '),
        Some(_) => Some('0'),
        None => Some(fill),
    };
    let text = match code {
        'p' | 'Z' if flags.contains('#') => text.to_lowercase(),
        'a' | 'A' | 'b' | 'B' | 'h' if flags.contains('#') => text.to_uppercase(),
        _ if flags.contains('^') => text.to_uppercase(),
        _ => text,
    };
    if let Some(fill) = fill {
        out.extend(std::iter::repeat_n(fill, width.max(wanted.min(MAX_WIDTH)).saturating_sub(text.len())));
    }
    out.push_str(&text);
}

/// Seconds since 1970 of `text` in ISO 8601, as its own clock shows them: an offset from UTC is read over.
pub fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_at_checked(10)?;
    let mut parts = date.splitn(3, '-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let last_day = days(year + month / 12, month % 12 + 1, 1) - days(year, month, 1);
    if !(1..=12).contains(&month) || !(1..=last_day).contains(&day) {
        return None;
    }
    let seconds = if time.is_empty() { 0 } else { seconds_of_day(time.strip_prefix(['T', 't', ' '])?)? };
    Some(days(year, month, day) * DAY + seconds)
}

fn seconds_of_day(time: &str) -> Option<i64> {
    let clock = time.split(['Z', 'z', '+', '-']).next().unwrap_or(time);
    let whole = clock.split(['.', ',']).next().unwrap_or(clock);
    let parts = whole.split(':').map(digits).collect::<Option<Vec<_>>>()?;
    let [hour, minute, second] = match parts[..] {
        [hour, minute] => [hour, minute, 0],
        [hour, minute, second] => [hour, minute, second],
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
