//! Finds the operators in a tag that Python applies otherwise than minijinja, and has functions called in their place.
use super::source::{Kind, Part};

/// What is written around the parts of a tag, and in place of some.
pub(super) struct Edits {
    before: Vec<String>,
    instead: Vec<Option<&'static str>>,
    after: Vec<usize>,
}

impl Edits {
    /// Writes part `i`, which as it stands is written by `plain`.
    pub(super) fn write(&self, i: usize, out: &mut String, plain: impl FnOnce(&mut String)) {
        out.push_str(&self.before[i]);
        match self.instead[i] {
            Some(text) => out.push_str(text),
            None => plain(out),
        }
        (0..self.after[i]).for_each(|_| out.push(')'));
    }
}

/// Finds operators in `parts` between each two of `ranges`; sums too where `markup` is made, which they escape.
/// What cannot be read is left as it is.
pub(super) fn operators(parts: &[Part<'_>], ranges: &[(usize, usize)], markup: bool) -> Edits {
    let none = || Edits {
        before: vec![String::new(); parts.len()],
        instead: vec![None; parts.len()],
        after: vec![0; parts.len()],
    };
    let mut parser = Parser { parts, at: 0, end: 0, last: 0, markup, depth: 0, edits: none() };
    for (start, end) in ranges {
        (parser.at, parser.end) = (*start, *end);
        if parser.list().is_none() || parser.peek().is_some() {
            return none();
        }
    }
    parser.edits
}

/// Reads expressions by Jinja2's grammar. Each step is None where the grammar is left.
struct Parser<'a> {
    parts: &'a [Part<'a>],
    at: usize,
    end: usize,
    /// The part read last.
    last: usize,
    markup: bool,
    depth: usize,
    edits: Edits,
}

const MAX_DEPTH: usize = 100;
const RESERVED: [&str; 7] = ["and", "else", "if", "in", "is", "not", "or"];
const COMPARISONS: [(&str, &str); 8] = [
    ("<", "python_lt("),
    ("<=", "python_le("),
    (">", "python_gt("),
    (">=", "python_ge("),
    ("in", "python_in("),
    ("not", "python_not_in("),
    ("==", ""),
    ("!=", ""),
];

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Option<&'a str> {
        while self.at < self.end && self.parts[self.at].kind == Kind::Space {
            self.at += 1;
        }
        (self.at < self.end).then(|| self.parts[self.at].text)
    }

    fn kind(&mut self) -> Option<Kind> {
        self.peek().map(|_| self.parts[self.at].kind)
    }

    /// Goes past the next part; gives its place.
    fn step(&mut self) -> usize {
        self.last = self.at;
        self.at += 1;
        self.last
    }

    fn eat(&mut self, text: &str) -> Option<usize> {
        (self.peek()? == text && self.kind()? != Kind::Text).then(|| self.step())
    }

    /// Has `call` applied to the operands that begin at `start` and have `operators` between them.
    fn wrap(&mut self, call: &'static str, start: usize, operators: &[usize]) {
        self.edits.before[start].insert_str(0, call);
        for operator in operators {
            self.edits.instead[*operator] = Some(",");
        }
        self.edits.after[self.last] += 1;
    }

    fn list(&mut self) -> Option<()> {
        self.expression()?;
        while self.eat(",").is_some() {
            if self.peek().is_none() {
                break;
            }
            self.expression()?;
        }
        Some(())
    }

    fn expression(&mut self) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.logic()?;
        while self.eat("if").is_some() {
            self.logic()?;
            if self.eat("else").is_some() {
                self.expression()?;
            }
        }
        self.depth -= 1;
        Some(())
    }

    /// `or`, `and` and `not`, which need no telling apart here.
    fn logic(&mut self) -> Option<()> {
        loop {
            while self.eat("not").is_some() {}
            self.comparison()?;
            if self.eat("or").or_else(|| self.eat("and")).is_none() {
                return Some(());
            }
        }
    }

    fn comparison(&mut self) -> Option<()> {
        self.peek()?;
        let start = self.at;
        self.sum()?;
        let (mut found, mut seconds) = (Vec::new(), Vec::new());
        while let Some((text, call)) = self.peek().and_then(|next| COMPARISONS.iter().find(|(text, _)| *text == next)) {
            let operator = self.step();
            if *text == "not" {
                seconds.push(self.eat("in")?);
            }
            self.sum()?;
            found.push((operator, *call));
        }
        // of several, each is compared with the next: minijinja knows how
        if let [(operator, call)] = found[..]
            && !call.is_empty()
        {
            self.wrap(call, start, &[operator]);
            seconds.iter().for_each(|second| self.edits.instead[*second] = Some(""));
        }
        Some(())
    }

    /// Reads operands by `operand`, with any of `operators` between them.
    fn chain(&mut self, operators: &[&str], operand: fn(&mut Self) -> Option<()>) -> Option<Vec<usize>> {
        operand(self)?;
        let mut found = Vec::new();
        while self.peek().is_some_and(|next| operators.contains(&next)) {
            found.push(self.step());
            operand(self)?;
        }
        Some(found)
    }

    fn sum(&mut self) -> Option<()> {
        self.peek()?;
        let start = self.at;
        let found = self.chain(&["+", "-"], Self::joined)?;
        if self.markup && !found.is_empty() && found.iter().all(|i| self.parts[*i].text == "+") {
            self.wrap("python_add(", start, &found);
        }
        Some(())
    }

    fn joined(&mut self) -> Option<()> {
        self.peek()?;
        let start = self.at;
        let found = self.chain(&["~"], Self::product)?;
        if !found.is_empty() {
            self.wrap("python_join(", start, &found);
        }
        Some(())
    }

    fn product(&mut self) -> Option<()> {
        self.peek()?;
        let start = self.at;
        let found = self.chain(&["*", "/", "//", "%"], Self::power)?;
        if matches!(found[..], [operator] if self.parts[operator].text == "%") {
            self.wrap("python_mod(", start, &found);
        }
        Some(())
    }

    fn power(&mut self) -> Option<()> {
        self.chain(&["**"], Self::signed).map(|_| ())
    }

    fn signed(&mut self) -> Option<()> {
        while self.eat("-").or_else(|| self.eat("+")).is_some() {}
        self.operand()?;
        self.filters()
    }

    fn operand(&mut self) -> Option<()> {
        self.peek()?;
        let start = self.at;
        self.primary()?;
        self.postfix(start)
    }

    fn primary(&mut self) -> Option<()> {
        match (self.kind()?, self.peek()?) {
            (Kind::Text, _) => {
                while self.kind() == Some(Kind::Text) {
                    self.step();
                }
                Some(())
            }
            (Kind::Name, name) if RESERVED.contains(&name) => None,
            (Kind::Name | Kind::Number, _) => {
                self.step();
                Some(())
            }
            (_, "(") => self.bracketed(")", false),
            (_, "[") => self.bracketed("]", false),
            (_, "{") => self.bracketed("}", true),
            _ => None,
        }
    }

    /// Expressions between brackets, parted by commas; in pairs if `pairs`.
    fn bracketed(&mut self, close: &str, pairs: bool) -> Option<()> {
        self.step();
        while self.eat(close).is_none() {
            self.expression()?;
            if pairs {
                self.eat(":")?;
                self.expression()?;
            }
            if self.eat(",").is_none() {
                return self.eat(close).map(|_| ());
            }
        }
        Some(())
    }

    /// Attributes, items and calls of what begins at `start`.
    fn postfix(&mut self, start: usize) -> Option<()> {
        loop {
            let subject = self.last;
            if self.eat(".").is_some() {
                if !matches!(self.kind()?, Kind::Name | Kind::Number) {
                    return None;
                }
                self.step();
            } else if self.eat("[").is_some() {
                let mut is_slice = false;
                while self.eat("]").is_none() {
                    match self.eat(":").or_else(|| self.eat(",")) {
                        Some(mark) => is_slice |= self.parts[mark].text == ":",
                        None => self.expression()?,
                    }
                }
                if is_slice {
                    self.edits.before[start].insert_str(0, "python_sliced(");
                    self.edits.after[subject] += 1;
                }
            } else if !self.arguments()? {
                return Some(());
            }
        }
    }

    /// The arguments of a call, if one is here.
    fn arguments(&mut self) -> Option<bool> {
        if self.eat("(").is_none() {
            return Some(false);
        }
        while self.eat(")").is_none() {
            let _ = self.eat("*").or_else(|| self.eat("**"));
            self.expression()?;
            if self.eat("=").is_some() {
                self.expression()?;
            }
            if self.eat(",").is_none() {
                return self.eat(")").map(|_| true);
            }
        }
        Some(true)
    }

    fn filters(&mut self) -> Option<()> {
        loop {
            if self.eat("|").is_some() {
                self.name()?;
            } else if self.eat("is").is_some() {
                let _ = self.eat("not");
                self.name()?;
                let argument = match (self.kind(), self.peek()) {
                    (Some(Kind::Name), Some(name)) => !RESERVED.contains(&name),
                    (Some(Kind::Text | Kind::Number), _) | (_, Some("[" | "{")) => true,
                    _ => false,
                };
                if argument {
                    self.operand()?;
                }
            } else if !self.arguments()? {
                return Some(());
            }
        }
    }

    /// The name of a filter or a test.
    fn name(&mut self) -> Option<()> {
        loop {
            if self.kind()? != Kind::Name {
                return None;
            }
            self.step();
            if self.eat(".").is_none() {
                return Some(());
            }
        }
    }
}
