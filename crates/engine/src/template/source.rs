//! A template's source, before minijinja reads it: what it reads otherwise than Jinja2 is put so that both agree.
use super::rewrite;
use std::fmt::Write;

/// The filter that loops go through: only what Python iterates over, in a list whose length is known.
pub(super) const LOOP_FILTER: &str = "iterated";

/// `source` as minijinja must read it to do what Jinja2 does:
/// line ends are `\n`, escapes in strings are Python's, loops run over what Python would, and the tags `generation`
/// and `endgeneration`, which mark what to train on, only keep their variables to themselves. With `operators`,
/// functions stand for those operators that differ.
pub(super) fn prepare(source: &str, operators: bool) -> String {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let markup = ["safe", "escape", "|e", "| e"].iter().any(|filter| source.contains(filter));
    let mut out = String::with_capacity(source.len() + source.len() / 4);
    let mut rest = &source[..];
    while let Some(at) = starts(rest) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{#") {
            let end = rest.find("#}").map_or(rest.len(), |end| end + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        if let Some(end) = raw(rest, &mut out) {
            rest = &rest[end..];
            continue;
        }
        let tag = Tag::read(rest);
        tag.write(operators, markup, &mut out);
        rest = &rest[tag.len..];
    }
    out + rest
}

/// Where the next tag, expression or comment begins.
fn starts(text: &str) -> Option<usize> {
    let two = |pair: &[u8]| pair[0] == b'{' && matches!(pair[1], b'{' | b'%' | b'#');
    text.as_bytes().windows(2).position(two)
}

/// Writes the `raw` block that `text` begins with, if it does, as a string that minijinja trims nothing of; gives the
/// block's end.
fn raw(text: &str, out: &mut String) -> Option<usize> {
    let begin = named(text, "raw").filter(|begin| begin.signs.1 != "+")?;
    let mut at = begin.end;
    let end = loop {
        at += text[at..].find("{%")?;
        match named(&text[at..], "endraw") {
            Some(end) => break end,
            None => at += 2,
        }
    };
    let inside = &text[begin.end..at];
    let inside = if begin.signs.1 == "-" { inside.trim_start() } else { inside };
    let last_line = inside.rfind('\n').map(|newline| newline + 1);
    let inside = match (end.signs.0, last_line) {
        ("-", _) => inside.trim_end(),
        // the tag stands alone on its line
        ("", Some(line)) if inside[line..].trim_end().is_empty() => &inside[..line],
        _ => inside,
    };
    let _ = write!(out, "{{%{} if true +%}}{{{{ ", begin.signs.0);
    quote(inside, "\"", out);
    let _ = write!(out, " }}}}{{%+ endif {}%}}", end.signs.1);
    Some(at + end.end)
}

/// A tag of one word.
struct Named<'a> {
    /// `-`, `+` or nothing after its begin and before its end.
    signs: (&'a str, &'a str),
    end: usize,
}

/// The tag of this `name` and no more that `text` begins with.
fn named<'a>(text: &'a str, name: &str) -> Option<Named<'a>> {
    let sign = |text: &'a str| text.split_at(usize::from(text.starts_with(['-', '+'])));
    let (first, inside) = sign(text.strip_prefix("{%")?);
    let (last, after) = sign(inside.trim_start().strip_prefix(name)?.trim_start());
    let after = after.strip_prefix("%}")?;
    Some(Named { signs: (first, last), end: text.len() - after.len() })
}

/// A tag or an expression, cut into what it is made of.
struct Tag<'a> {
    parts: Vec<Part<'a>>,
    len: usize,
}

pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// How many brackets are open around it.
    depth: usize,
    /// The `-` or `+` of a tag's begin.
    is_sign: bool,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    Name,
    Number,
    /// With its quotes.
    Text,
    Other,
}

impl<'a> Tag<'a> {
    /// Reads from `{{` or `{%` to its end, or to where no part can be read.
    fn read(source: &'a str) -> Self {
        let close = if source.starts_with("{%") { "%}" } else { "}}" };
        let mut parts = vec![Part { text: &source[..2], depth: 0, is_sign: false, kind: Kind::Other }];
        let (mut at, mut depth) = (2, 0_usize);
        if source[at..].starts_with(['-', '+']) {
            parts.push(Part { text: &source[at..=at], depth, is_sign: true, kind: Kind::Other });
            at += 1;
        }
        while at < source.len() {
            let rest = &source[at..];
            if depth == 0
                && (rest.starts_with(close)
                    || rest.strip_prefix(['-', '+']).is_some_and(|rest| rest.starts_with(close)))
            {
                let len = if rest.starts_with(close) { 2 } else { 3 };
                parts.push(Part { text: &rest[..len], depth, is_sign: false, kind: Kind::Other });
                at += len;
                break;
            }
            let (len, kind) = part(rest);
            match rest.as_bytes()[0] {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            parts.push(Part { text: &rest[..len], depth, is_sign: false, kind });
            at += len;
        }
        Self { parts, len: at }
    }

    fn write(&self, operators: bool, markup: bool, out: &mut String) {
        let is_block = self.parts[0].text == "{%";
        let name = self.parts.iter().position(|part| part.kind == Kind::Name).filter(|_| is_block);
        let word = name.map_or("", |i| self.parts[i].text);
        let values = name.filter(|_| word == "for").and_then(|name| self.loop_values(name));
        let ranges = if operators { self.expressions(name, values) } else { Vec::new() };
        let edits = rewrite::operators(&self.parts, &ranges, markup);
        for (i, part) in self.parts.iter().enumerate() {
            if values.is_some_and(|(_, end)| end == i) {
                // writing to a String cannot fail
                let _ = write!(out, ")|{LOOP_FILTER} ");
            }
            edits.write(i, out, |out| match part.kind {
                Kind::Name if name == Some(i) && word == "generation" => out.push_str("with"),
                Kind::Name if name == Some(i) && word == "endgeneration" => out.push_str("endwith"),
                Kind::Text => text(part.text, out),
                _ => out.push_str(part.text),
            });
            if values.is_some_and(|(start, _)| start == i) {
                out.push('(');
            }
        }
    }

    /// Where expressions stand, from one part to before another; `name` is the tag's word, `values` those of a loop.
    fn expressions(&self, name: Option<usize>, values: Option<(usize, usize)>) -> Vec<(usize, usize)> {
        let close = self.parts.len() - 1;
        let is_closed = close > 0 && self.parts[close].text.ends_with(['}']) && self.parts[close].text.len() > 1;
        let top = |text: &str| self.parts.iter().position(|part| part.depth == 0 && part.text == text);
        match (name, values) {
            _ if !is_closed => Vec::new(),
            (Some(_), Some((start, end))) => {
                let recursive = (end..close).find(|i| self.parts[*i].text == "recursive").unwrap_or(close);
                let condition = (end + 1 < recursive && self.parts[end].text == "if").then_some((end + 1, recursive));
                [(start + 1, end)].into_iter().chain(condition).collect()
            }
            (Some(name), None) => match self.parts[name].text {
                "if" | "elif" => vec![(name + 1, close)],
                "set" => top("=").map(|equal| (equal + 1, close)).into_iter().collect(),
                _ => Vec::new(),
            },
            (None, _) if self.parts[0].text == "{{" => {
                let sign = usize::from(self.parts.get(1).is_some_and(|part| part.is_sign));
                vec![(1 + sign, close)]
            }
            _ => Vec::new(),
        }
    }

    /// In the tag `for` that begins at part `name`: the place of `in`, and where the values after it end.
    fn loop_values(&self, name: usize) -> Option<(usize, usize)> {
        let word = |i: usize, words: &[&str]| {
            let part = &self.parts[i];
            part.kind == Kind::Name && part.depth == 0 && words.contains(&part.text)
        };
        let start = (name + 1..self.parts.len()).find(|i| word(*i, &["in"]))?;
        let end = (start + 1..self.parts.len()).find(|i| word(*i, &["if", "recursive"]));
        // the last part closes the tag
        let end = end.unwrap_or(self.parts.len() - 1);
        let some = self.parts[start + 1..end].iter().any(|part| part.kind != Kind::Space);
        (some && end > start + 1).then_some((start, end))
    }
}

/// The length of the part that `rest` begins with.
fn part(rest: &str) -> (usize, Kind) {
    let run = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        c if c.is_whitespace() => (run(char::is_whitespace), Kind::Space),
        c if c.is_alphabetic() || c == '_' => (run(|c| c.is_alphanumeric() || c == '_'), Kind::Name),
        c if c.is_ascii_digit() => (run(|c| c.is_alphanumeric() || c == '_'), Kind::Number),
        '\'' | '"' => (string_len(rest, first), Kind::Text),
        _ if ["**", "//", "==", "!=", "<=", ">="].iter().any(|two| rest.starts_with(two)) => (2, Kind::Other),
        c => (c.len_utf8(), Kind::Other),
    }
}

fn string_len(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == mark => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Writes a string with its quotes, its escapes read as Python's are.
fn text(quoted: &str, out: &mut String) {
    let mark = &quoted[..1];
    let inside = quoted[1..].strip_suffix(mark).filter(|inside| inside.contains('\\'));
    let Some(value) = inside.and_then(unescaped) else {
        // minijinja reads it the same, or says what is wrong
        return out.push_str(quoted);
    };
    quote(&value, mark, out);
}

fn quote(value: &str, mark: &str, out: &mut String) {
    out.push_str(mark);
    for c in value.chars() {
        if c == '\\' || mark.starts_with(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push_str(mark);
}

/// What `text` stands for; none if it has an escape that stands for no character.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let rest = chars.as_str();
        let (value, len) = match chars.next()? {
            '\n' => continue,
            'a' => ('\u{7}', 1),
            'b' => ('\u{8}', 1),
            'f' => ('\u{c}', 1),
            'n' => ('\n', 1),
            'r' => ('\r', 1),
            't' => ('\t', 1),
            'v' => ('\u{b}', 1),
            c @ ('\\' | '\'' | '"') => (c, 1),
            'x' => (hex(rest, 2)?, 3),
            'u' => (hex(rest, 4)?, 5),
            'U' => (hex(rest, 8)?, 9),
            'N' => return None,
            '0'..='7' => {
                let n = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                (u32::from_str_radix(&rest[..n], 8).ok().and_then(char::from_u32)?, n)
            }
            c => {
                out.push('\\');
                (c, c.len_utf8())
            }
        };
        out.push(value);
        chars = rest[len..].chars();
    }
    Some(out)
}

fn hex(escape: &str, n: usize) -> Option<char> {
    let digits = escape.get(1..=n).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}
