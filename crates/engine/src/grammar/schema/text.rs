//! Sets of strings: those of some length, those that match a pattern, those of a format, single ones.
use super::{
    Fault,
    expr::Leaf,
    pattern::{CHAR, Pattern, quoted_text},
};
use std::rc::Rc;

/// A simple set of strings.
#[derive(Clone, Debug)]
pub(super) enum Texts {
    /// By their number of characters.
    Length {
        min: u32,
        max: Option<u32>,
    },
    Matching(Rc<Pattern>),
    One(String),
}

impl Leaf for Texts {
    type Value = String;

    fn only(&self) -> Option<&String> {
        if let Self::One(text) = self { Some(text) } else { None }
    }

    fn has(&self, text: &String) -> bool {
        match self {
            Self::Length { min, max } => {
                let n = text.chars().count();
                n >= *min as usize && max.is_none_or(|max| n <= max as usize)
            }
            Self::Matching(pattern) => pattern.matches(text),
            Self::One(one) => one == text,
        }
    }

    fn regex(&self) -> Result<String, Fault> {
        Ok(match self {
            Self::Length { min, max } => {
                format!("\"{CHAR}{{{min},{}}}\"", max.map_or(String::new(), |n| n.to_string()))
            }
            Self::Matching(pattern) => pattern.quoted.clone(),
            Self::One(text) => quoted_text(text),
        })
    }
}

/// The regex of a format of JSON Schema; those that a regex cannot say are not here.
pub(super) fn format(name: &str) -> Option<String> {
    // months with 31, 30 and 28 days, and 29 February in leap years alone
    const DATE: &str = concat!(
        r"(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))",
        r"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)",
    );
    // without leap seconds, which are rare, and right in some zones only
    const TIME: &str =
        r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
    const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    const LABEL: &str = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    // the part before the `@` stays below its limit of 64
    const ATOM: &str = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}";
    let ipv4 = || format!(r"(?:{OCTET}\.){{3}}{OCTET}");
    let body = match name {
        "date" => DATE.to_owned(),
        "time" => TIME.to_owned(),
        "date-time" => format!("{DATE}[Tt]{TIME}"),
        "duration" => {
            let time = "T(?:[0-9]{1,9}H(?:[0-9]{1,9}M(?:[0-9]{1,9}S)?)?|[0-9]{1,9}M(?:[0-9]{1,9}S)?|[0-9]{1,9}S)";
            let date = "(?:[0-9]{1,9}Y(?:[0-9]{1,9}M(?:[0-9]{1,9}D)?)?|[0-9]{1,9}M(?:[0-9]{1,9}D)?|[0-9]{1,9}D)";
            format!("P(?:{date}(?:{time})?|{time}|[0-9]{{1,9}}W)")
        }
        "uuid" => "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}".to_owned(),
        "ipv4" => ipv4(),
        "ipv6" => ipv6(&ipv4()),
        // at most three labels of common length, which stay below the limits of the whole
        "hostname" => format!(r"{LABEL}(?:\.{LABEL}){{0,2}}"),
        "email" => format!(r"{ATOM}(?:\.{ATOM}){{0,2}}@{LABEL}(?:\.{LABEL}){{1,2}}"),
        "uri" => {
            let part = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
            let tail = format!(r"(?:/{part}*)*(?:\?(?:{part}|[/?])*)?(?:\#(?:{part}|[/?])*)?");
            format!(
                r"(?:https?|ftp|wss?|file)://{LABEL}(?:\.{LABEL}){{0,3}}(?::[0-9]{{1,4}})?{tail}|(?:urn|mailto|tel|data):{part}+"
            )
        }
        _ => return None,
    };
    Some(format!("^(?:{body})$"))
}

fn ipv6(ipv4: &str) -> String {
    const PART: &str = "[0-9A-Fa-f]{1,4}";
    let tail = format!("(?:{PART}:{PART}|{ipv4})");
    let mut ways = vec![format!("(?:{PART}:){{6}}{tail}")];
    for n in 0..=5 {
        let head = if n == 0 { String::new() } else { format!("(?:(?:{PART}:){{0,{}}}{PART})?", n - 1) };
        ways.push(format!("{head}::(?:{PART}:){{{}}}{tail}", 5 - n));
    }
    ways.push(format!("(?:(?:{PART}:){{0,5}}{PART})?::{PART}"));
    ways.push(format!("(?:(?:{PART}:){{0,6}}{PART})?::"));
    ways.join("|")
}
