//! Patterns as ECMAScript has them, as regexes of the JSON strings whose text they match.
use super::Fault;
use regex_automata::meta;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

/// Bytes of a pattern, and of the automaton made of it.
const MOST_BYTES: usize = 4096;
const MOST_MEMORY: usize = 1 << 20;
/// Alternatives that differ in their anchors.
const MOST_WAYS: usize = 64;
/// White space and line ends of ECMAScript, inside a class.
const SPACE: &str = r"\t\n\x0b\x0c\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

/// One character inside a JSON string; each has exactly one form, so that sets of strings are sets of forms.
pub(super) const CHAR: &str = r#"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00(?:0[0-7bef]|1[0-9a-f]))"#;

/// A pattern, ready to be matched and to be written into a grammar.
#[derive(Debug)]
pub(super) struct Pattern {
    search: meta::Regex,
    /// Of the whole JSON string, quotes included.
    pub(super) quoted: String,
}

impl Pattern {
    /// A schema's pattern: found anywhere in a text, unless it is anchored.
    pub(super) fn read(source: &str) -> Result<Self, Fault> {
        if source.len() > MOST_BYTES {
            return Err(Fault::new(format!("at most {MOST_BYTES} bytes expected, {} found", source.len())));
        }
        Self::compile(&translated(source)?)
    }

    /// One in the syntax of the `regex` crate.
    pub(super) fn compile(source: &str) -> Result<Self, Fault> {
        let unread = |e: &dyn std::fmt::Display| {
            let last = e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Fault::new(format!("this pattern is not read: {last}"))
        };
        let hir = regex_syntax::ParserBuilder::new().nest_limit(100).build().parse(source).map_err(|e| unread(&e))?;
        let config = meta::Config::new().nfa_size_limit(Some(MOST_MEMORY)).onepass(false);
        let search = meta::Builder::new().configure(config).build_from_hir(&hir);
        let search = search.map_err(|_| Fault::new("this pattern makes too large an automaton"))?;
        let ways = ways(&hir)?;
        let way = |way: &Way| {
            let open = |anchored: bool| if anchored { String::new() } else { format!("{CHAR}*") };
            Ok(format!("{}{}{}", open(way.from_start), quoted(&way.body)?, open(way.to_end)))
        };
        let ways = ways.iter().map(way).collect::<Result<Vec<_>, Fault>>()?.join("|");
        Ok(Self { search, quoted: format!("\"(?:{ways})\"") })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.search.is_match(text)
    }
}

/// A text as it stands in a regex.
pub(crate) fn literal(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\x{{{:x}}}", c as u32) })
        .collect()
}

/// `c` as it stands in a JSON string, as a regex.
fn quoted_char(c: char) -> String {
    let json = serde_json::Value::from(c.to_string()).to_string();
    literal(&json[1..json.len() - 1])
}

/// A JSON string as a regex.
pub(super) fn quoted_text(text: &str) -> String {
    literal(&serde_json::Value::from(text).to_string())
}

/// One alternative of a pattern: a regex without anchors, and whether it begins and ends with the text.
#[derive(Clone)]
struct Way {
    from_start: bool,
    body: Hir,
    to_end: bool,
}

fn ways(hir: &Hir) -> Result<Vec<Way>, Fault> {
    let plain = |body: Hir| vec![Way { from_start: false, body, to_end: false }];
    if hir.properties().look_set().is_empty() {
        return Ok(plain(hir.clone()));
    }
    match hir.kind() {
        HirKind::Look(Look::Start) => Ok(vec![Way { from_start: true, body: Hir::empty(), to_end: false }]),
        HirKind::Look(Look::End) => Ok(vec![Way { from_start: false, body: Hir::empty(), to_end: true }]),
        HirKind::Capture(capture) => ways(&capture.sub),
        HirKind::Alternation(parts) => {
            let all: Vec<_> = parts.iter().map(ways).collect::<Result<Vec<_>, _>>()?.concat();
            few(all)
        }
        HirKind::Concat(parts) => parts.iter().try_fold(plain(Hir::empty()), |before, part| {
            let after = ways(part)?;
            let mut all = Vec::new();
            for a in &before {
                for b in &after {
                    all.extend(followed(a, b)?);
                }
            }
            few(all)
        }),
        _ => Err(Fault::new("word boundaries and repeated anchors in a pattern are not enforced")),
    }
}

fn few(ways: Vec<Way>) -> Result<Vec<Way>, Fault> {
    if ways.len() > MOST_WAYS { Err(Fault::new("too many anchors in a pattern")) } else { Ok(ways) }
}

/// `a` and then `b`; nothing when an anchor between them can never hold.
fn followed(a: &Way, b: &Way) -> Result<Option<Way>, Fault> {
    let holds = |anchored: bool, body: &Hir| match body.properties().maximum_len() {
        _ if !anchored => Ok(true),
        Some(0) => Ok(true),
        _ if body.properties().minimum_len().is_none_or(|n| n > 0) => Ok(false),
        _ => Err(Fault::new("an anchor beside what may be empty in a pattern is not enforced")),
    };
    if !holds(b.from_start, &a.body)? || !holds(a.to_end, &b.body)? {
        return Ok(None);
    }
    let body = Hir::concat(vec![a.body.clone(), b.body.clone()]);
    Ok(Some(Way { from_start: a.from_start || b.from_start, body, to_end: a.to_end || b.to_end }))
}

/// A regex without anchors, over the inside of JSON strings.
fn quoted(hir: &Hir) -> Result<String, Fault> {
    Ok(match hir.kind() {
        HirKind::Empty => "(?:)".to_owned(),
        HirKind::Literal(text) => {
            let text = std::str::from_utf8(&text.0).map_err(|_| Fault::new("a pattern of bytes is not read"))?;
            text.chars().map(quoted_char).collect()
        }
        HirKind::Class(class) => {
            let ascii;
            let class = match class {
                Class::Unicode(class) => class,
                Class::Bytes(bytes) => {
                    ascii = bytes.to_unicode_class().ok_or_else(|| Fault::new("a pattern of bytes is not read"))?;
                    &ascii
                }
            };
            quoted_class(class)
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.map_or(String::new(), |n| n.to_string());
            format!("(?:{}){{{},{most}}}", quoted(&repetition.sub)?, repetition.min)
        }
        HirKind::Capture(capture) => quoted(&capture.sub)?,
        HirKind::Concat(parts) => parts.iter().map(quoted).collect::<Result<String, _>>()?,
        HirKind::Alternation(parts) => {
            format!("(?:{})", parts.iter().map(quoted).collect::<Result<Vec<_>, _>>()?.join("|"))
        }
        HirKind::Look(_) => return Err(Fault::new("anchors inside a pattern are not enforced")),
    })
}

fn quoted_class(class: &ClassUnicode) -> String {
    let range = |from: char, to: char| ClassUnicodeRange::new(from, to);
    let special = ClassUnicode::new([range('\0', '\x1f'), range('"', '"'), range('\\', '\\')]);
    let (mut plain, mut escaped) = (class.clone(), class.clone());
    plain.difference(&special);
    escaped.intersect(&special);
    let ranges = plain.ranges().iter().map(|r| format!("\\x{{{:x}}}-\\x{{{:x}}}", r.start() as u32, r.end() as u32));
    let ranges: String = ranges.collect();
    let mut ways = if ranges.is_empty() { Vec::new() } else { vec![format!("[{ranges}]")] };
    ways.extend(escaped.ranges().iter().flat_map(|r| r.start()..=r.end()).map(quoted_char));
    if ways.is_empty() { "[^\\x{0}-\\x{10FFFF}]".to_owned() } else { format!("(?:{})", ways.join("|")) }
}

/// A pattern of ECMAScript in the syntax of the `regex` crate.
fn translated(source: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars();
    let mut in_class = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, in_class, &mut out)?,
            '[' if !in_class => {
                if rest.as_str().starts_with(']') || rest.as_str().starts_with("^]") {
                    return Err(Fault::new("an empty class in a pattern is not read"));
                }
                in_class = true;
                out.push('[');
                if let Some(after) = rest.as_str().strip_prefix('^') {
                    out.push('^');
                    rest = after.chars();
                }
            }
            '[' | '&' | '~' | '#' | ' ' if in_class => out.extend(['\\', c]),
            ']' => {
                if !in_class {
                    return Err(Fault::new("a `]` without `[` in a pattern is not read"));
                }
                in_class = false;
                out.push(c);
            }
            '.' if !in_class => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            '(' if !in_class && rest.as_str().starts_with('?') => {
                let named = rest.as_str().starts_with("?<")
                    && !rest.as_str().starts_with("?<=")
                    && !rest.as_str().starts_with("?<!");
                if !rest.as_str().starts_with("?:") && !named {
                    return Err(Fault::new("look-around and flags in a pattern are not enforced"));
                }
                out.push(c);
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

fn escape(rest: &mut std::str::Chars<'_>, in_class: bool, out: &mut String) -> Result<(), Fault> {
    let Some(c) = rest.next() else { return Err(Fault::new("a pattern ends with a backslash")) };
    let class = |negated: bool, inside: &str| match (in_class, negated) {
        (true, false) => inside.to_owned(),
        (_, true) => format!("[^{inside}]"),
        (false, false) => format!("[{inside}]"),
    };
    match c {
        'd' | 'D' => out.push_str(&class(c == 'D', "0-9")),
        'w' | 'W' => out.push_str(&class(c == 'W', "0-9A-Za-z_")),
        's' | 'S' => out.push_str(&class(c == 'S', SPACE)),
        'b' if in_class => out.push_str(r"\x08"),
        'n' | 'r' | 't' | 'f' | 'v' | 'p' | 'P' => out.extend(['\\', c]),
        '0' if !rest.as_str().starts_with(|c: char| c.is_ascii_digit()) => out.push_str(r"\x00"),
        'x' => out.push_str(&format!("\\x{{{:x}}}", hex(rest, 2)?)),
        'u' => {
            let mut code = match rest.as_str().strip_prefix('{').and_then(|r| r.split_once('}')) {
                Some((digits, after)) => {
                    let code =
                        u32::from_str_radix(digits, 16).map_err(|_| Fault::new("`\\u{..}` of hex digits expected"))?;
                    *rest = after.chars();
                    code
                }
                None => hex(rest, 4)?,
            };
            if let (0xd800..=0xdbff, Some(after)) = (code, rest.as_str().strip_prefix("\\u")) {
                let mut after = after.chars();
                let low = hex(&mut after, 4)?;
                if (0xdc00..=0xdfff).contains(&low) {
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    *rest = after;
                }
            }
            out.push_str(&format!("\\x{{{code:x}}}"));
        }
        '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' | '-' | '"' | '\''
        | '#' | '&' | '~' | ' ' | ',' | ':' | ';' | '=' | '!' | '@' | '%' | '<' | '>' | '`' | '_' => {
            out.push_str(&format!("\\x{{{:x}}}", c as u32));
        }
        c => return Err(Fault::new(format!("the escape `\\{c}` in a pattern is not enforced"))),
    }
    Ok(())
}

fn hex(rest: &mut std::str::Chars<'_>, n: usize) -> Result<u32, Fault> {
    let wrong = || Fault::new(format!("{n} hex digits expected in an escape of a pattern"));
    let digits = rest.as_str().get(..n).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).ok_or_else(wrong)?;
    let code = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
    *rest = rest.as_str()[n..].chars();
    Ok(code)
}
