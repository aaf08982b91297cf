//! Grammars as llama.cpp writes them (GBNF), in Lark's notation.
use super::schema::literal;
use crate::{Error, Kind};

/// Reads `text` rule by rule.
pub(super) fn lark(text: &str) -> Result<String, Error> {
    let mut reader = Reader { text, at: 0, out: String::new() };
    let mut has_root = false;
    reader.blank(true);
    while reader.at < text.len() {
        let name = reader.name().ok_or_else(|| reader.wrong("the name of a rule"))?;
        has_root |= name == "root";
        reader.blank(false);
        if !reader.eat("::=") {
            return Err(reader.wrong("`::=`"));
        }
        reader.out += &format!("{}: ", renamed(name));
        reader.alternatives(0)?;
        reader.out.push('\n');
        reader.blank(true);
    }
    if !has_root {
        return Err(Error::new(Kind::Input, "grammar: a rule named `root` expected, none found"));
    }
    Ok(format!("start: {}\n{}", renamed("root"), reader.out))
}

/// Names may have any case there, but rules of Lark begin with a small letter.
fn renamed(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c.to_string() } else { format!("_{:x}_", c as u32) })
        .collect();
    format!("g_{safe}")
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: String,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong(&self, expected: &str) -> Error {
        let line = self.text[..self.at].matches('\n').count() + 1;
        let found: String = self.rest().chars().take(20).flat_map(char::escape_debug).collect();
        Error::new(Kind::Input, format!("grammar: line {line}: {expected} expected, `{found}` found"))
    }

    fn eat(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        self.at += if found { what.len() } else { 0 };
        found
    }

    /// Passes over white space and comments, and line ends too when `lines`.
    fn blank(&mut self, lines: bool) {
        loop {
            let rest = self.rest();
            let kept = rest.trim_start_matches(|c: char| c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r')));
            self.at += rest.len() - kept.len();
            if !kept.starts_with('#') {
                return;
            }
            self.at += kept.find('\n').unwrap_or(kept.len());
        }
    }

    fn name(&mut self) -> Option<&'a str> {
        let n =
            self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(self.rest().len());
        let name = &self.rest()[..n];
        self.at += n;
        (n > 0).then_some(name)
    }

    fn alternatives(&mut self, depth: usize) -> Result<(), Error> {
        if depth > 100 {
            return Err(self.wrong("at most 100 nested parentheses"));
        }
        let inside = depth > 0;
        let mut empty = true;
        loop {
            self.blank(inside);
            let rest = self.rest();
            if rest.starts_with('|') || rest.is_empty() || rest.starts_with(')') || rest.starts_with(['\n', '\r']) {
                if empty {
                    self.out += "\"\"";
                }
                if !self.eat("|") {
                    // an alternative may stand on the next line
                    let before = self.at;
                    self.blank(true);
                    if !self.eat("|") {
                        self.at = before;
                        return Ok(());
                    }
                }
                self.blank(true);
                self.out += " | ";
                empty = true;
                continue;
            }
            self.item(depth)?;
            self.repetition()?;
            self.out.push(' ');
            empty = false;
        }
    }

    fn item(&mut self, depth: usize) -> Result<(), Error> {
        if self.eat("\"") {
            let text = self.until('"')?;
            self.out += &if text.is_empty() {
                "\"\"".to_owned()
            } else {
                format!("/{}/", literal(&text.iter().collect::<String>()))
            };
        } else if self.rest().starts_with('[') {
            self.class()?;
        } else if self.eat("(") {
            self.out.push('(');
            self.alternatives(depth + 1)?;
            if !self.eat(")") {
                return Err(self.wrong("`)`"));
            }
            self.out.push(')');
        } else if self.eat(".") {
            self.out += "/(?s:.)/";
        } else {
            let name = self.name().ok_or_else(|| self.wrong("a text, a class, a name or `(`"))?;
            self.out += &renamed(name);
        }
        Ok(())
    }

    fn class(&mut self) -> Result<(), Error> {
        self.at += 1;
        let negated = self.eat("^");
        let mut class = String::new();
        loop {
            if self.eat("]") {
                break;
            }
            let from = self.character()?;
            let mut to = from;
            if self.rest().starts_with('-') && !self.rest().starts_with("-]") {
                self.at += 1;
                to = self.character()?;
            }
            class += &format!("\\x{{{:x}}}-\\x{{{:x}}}", from as u32, to as u32);
        }
        self.out += &format!("/[{}{class}]/", if negated { "^" } else { "" });
        Ok(())
    }

    fn until(&mut self, end: char) -> Result<Vec<char>, Error> {
        let mut text = Vec::new();
        while !self.rest().starts_with(end) {
            text.push(self.character()?);
        }
        self.at += end.len_utf8();
        Ok(text)
    }

    fn character(&mut self) -> Result<char, Error> {
        let mut chars = self.rest().chars();
        let c = chars.next().ok_or_else(|| self.wrong("a character"))?;
        self.at += c.len_utf8();
        if c != '\\' {
            return Ok(c);
        }
        let escaped = chars.next().ok_or_else(|| self.wrong("a character"))?;
        self.at += escaped.len_utf8();
        let n = match escaped {
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            '\\' | '"' | '[' | ']' | '-' | '^' => return Ok(escaped),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return Err(self.wrong("one of the escapes n r t \\ \" [ ] x u U")),
        };
        let code = self.rest().get(..n).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        let c = code.ok_or_else(|| self.wrong(&format!("{n} hex digits")))?;
        self.at += n;
        Ok(c)
    }

    fn repetition(&mut self) -> Result<(), Error> {
        for sign in ["*", "+", "?"] {
            if self.eat(sign) {
                self.out += sign;
                return Ok(());
            }
        }
        if !self.eat("{") {
            return Ok(());
        }
        let end = self.rest().find('}').ok_or_else(|| self.wrong("`}`"))?;
        let (least, most) = self.rest()[..end].split_once(',').unwrap_or((&self.rest()[..end], &self.rest()[..end]));
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n <= 10_000);
        let (Some(least), true) = (number(least), most.trim().is_empty() || number(most).is_some()) else {
            return Err(self.wrong("a number up to 10000"));
        };
        self.out += &format!("{{{least},{}}}", most.trim());
        self.at += end + 1;
        Ok(())
    }
}
