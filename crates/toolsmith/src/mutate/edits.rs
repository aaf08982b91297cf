//! Every small thing that can be made wrong in code, as texts for ranges of it.
use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, ElifElseClause, Expr, ModModule, Number, Operator, Stmt, UnaryOp,
    visitor::{Visitor, walk_comprehension, walk_elif_else_clause, walk_expr, walk_stmt},
};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Another text for a range.
#[derive(PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: TextRange,
    pub(super) is: String,
    /// The expression or statement around it, of which one can tell whether it is ever reached.
    pub(super) whole: TextRange,
}

/// All of them, by their places.
pub(super) fn edits(code: &str, module: &ModModule) -> Vec<Edit> {
    let mut edits = Edits { code, all: Vec::new(), whole: TextRange::default() };
    edits.visit_body(&module.body);
    edits.all.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    edits.all.dedup();
    edits.all
}

struct Edits<'a> {
    code: &'a str,
    all: Vec<Edit>,
    /// What is being visited.
    whole: TextRange,
}

impl Edits<'_> {
    fn add(&mut self, range: TextRange, is: impl Into<String>) {
        self.all.push(Edit { range, is: is.into(), whole: self.whole });
    }

    fn text(&self, range: TextRange) -> &str {
        &self.code[range.to_std_range()]
    }

    /// `words`, the tokens of an operator, somewhere between two operands; brackets and white space may stand there too.
    fn between(&self, start: TextSize, end: TextSize, words: &str) -> Option<TextRange> {
        let range = TextRange::new(start, end);
        let gap = self.text(range);
        let mut words = words.split(' ');
        let first = words.next()?;
        let from = gap.find(first)?;
        let mut to = from + first.len();
        for word in words {
            to += gap[to..].find(word)? + word.len();
        }
        let at = |offset: usize| start + TextSize::try_from(offset).unwrap_or_default();
        Some(TextRange::new(at(from), at(to)))
    }

    fn compare(&mut self, left: &Expr, ops: &[CmpOp], comparators: &[Expr]) {
        let mut before = left.end();
        for (op, right) in ops.iter().zip(comparators) {
            let others: &[&str] = match op {
                CmpOp::Lt => &["<=", ">="],
                CmpOp::LtE => &["<", ">"],
                CmpOp::Gt => &[">=", "<="],
                CmpOp::GtE => &[">", "<"],
                CmpOp::Eq => &["!="],
                CmpOp::NotEq => &["=="],
                CmpOp::In => &["not in"],
                CmpOp::NotIn => &["in"],
                CmpOp::Is => &["is not"],
                CmpOp::IsNot => &["is"],
            };
            if let Some(range) = self.between(before, right.start(), op.as_str()) {
                others.iter().for_each(|other| self.add(range, *other));
            }
            before = right.end();
        }
    }

    fn arithmetic(&mut self, start: TextSize, op: Operator, end: TextSize, assigns: bool) {
        let other = match op {
            Operator::Add => "-",
            Operator::Sub | Operator::Mult => "+",
            Operator::Div | Operator::FloorDiv | Operator::Mod | Operator::Pow | Operator::MatMult => "*",
            Operator::LShift => ">>",
            Operator::RShift => "<<",
            Operator::BitOr | Operator::BitXor => "&",
            Operator::BitAnd => "|",
        };
        let sign = if assigns { "=" } else { "" };
        if let Some(range) = self.between(start, end, &format!("{}{sign}", op.as_str())) {
            self.add(range, format!("{other}{sign}"));
        }
    }

    fn boolean(&mut self, op: BoolOp, values: &[Expr]) {
        let other = match op {
            BoolOp::And => "or",
            BoolOp::Or => "and",
        };
        for pair in values.windows(2) {
            if let Some(range) = self.between(pair[0].end(), pair[1].start(), op.as_str()) {
                self.add(range, other);
            }
        }
    }

    /// A condition that is always met, or never.
    fn condition(&mut self, test: &Expr, both: bool) {
        if test.is_boolean_literal_expr() {
            return; // negated as any other constant
        }
        self.whole = test.range();
        if both {
            self.add(test.range(), "True");
        }
        self.add(test.range(), "False");
    }

    fn literal(&mut self, expr: &Expr) {
        match expr {
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(value) => {
                    if let Some(value) = value.as_i64() {
                        self.add(number.range, format!("{}", value.saturating_add(1)));
                        let less = if value > 0 { format!("{}", value - 1) } else { "(-1)".to_owned() };
                        self.add(number.range, less);
                    }
                }
                Number::Float(value) => self.add(number.range, format!("{:?}", value + 1.0)),
                Number::Complex { .. } => {}
            },
            Expr::BooleanLiteral(boolean) => self.add(boolean.range, if boolean.value { "False" } else { "True" }),
            Expr::StringLiteral(string) => {
                let text = string.value.to_str();
                // separators; of patterns and words nobody knows what a small fault would be
                if text.chars().count() <= 3 && !text.chars().any(char::is_alphanumeric) && !text.contains('\\') {
                    self.add(string.range, if text.is_empty() { "\" \"" } else { "\"\"" });
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, expr: &Expr) {
        let Expr::Call(call) = expr else { return };
        let (name, place) = match &*call.func {
            Expr::Name(name) => (name.id.as_str(), name.range),
            Expr::Attribute(attribute) => (attribute.attr.as_str(), attribute.attr.range),
            _ => return,
        };
        let other = match name {
            "min" => "max",
            "max" => "min",
            "any" => "all",
            "all" => "any",
            "sorted" | "sort" => {
                let is_told =
                    call.arguments.keywords.iter().any(|k| k.arg.as_ref().is_some_and(|arg| arg == "reverse"));
                if !is_told {
                    let end = call.end() - TextSize::from(1);
                    let before = self.text(TextRange::new(call.arguments.range.start(), end)).trim_end();
                    let comma = if before.ends_with(['(', ',']) { "" } else { ", " };
                    self.add(TextRange::empty(end), format!("{comma}reverse=True"));
                }
                return;
            }
            _ => return,
        };
        self.add(place, other);
    }

    fn slice(&mut self, expr: &Expr) {
        let Expr::Slice(slice) = expr else { return };
        let is_constant = |bound: &Expr| bound.is_number_literal_expr() || bound.is_unary_op_expr();
        match &slice.lower {
            None => self.add(TextRange::empty(slice.range.start()), "1"),
            Some(lower) if !is_constant(lower) => {
                self.add(lower.range(), format!("({}) + 1", self.text(lower.range())));
            }
            Some(_) => {}
        }
        if let Some(upper) = &slice.upper
            && !is_constant(upper)
        {
            self.add(upper.range(), format!("({}) - 1", self.text(upper.range())));
        }
    }
}

impl<'a> Visitor<'a> for Edits<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.whole = stmt.range();
        match stmt {
            Stmt::FunctionDef(function) => {
                // neither names nor annotations do anything
                for parameter in function.parameters.iter_non_variadic_params() {
                    parameter.default.iter().for_each(|default| self.visit_expr(default));
                }
                return self.visit_body(&function.body);
            }
            Stmt::Import(_) | Stmt::ImportFrom(_) => return,
            Stmt::Expr(inner) if inner.value.is_string_literal_expr() => return, // a docstring
            Stmt::AnnAssign(assign) => return assign.value.iter().for_each(|value| self.visit_expr(value)),
            Stmt::Return(returned) => {
                if let Some(value) = returned.value.as_ref().filter(|value| !value.is_none_literal_expr()) {
                    self.add(value.range(), "None");
                }
            }
            Stmt::Expr(_) | Stmt::Assign(_) | Stmt::Raise(_) => self.add(stmt.range(), "pass"),
            Stmt::AugAssign(assign) => {
                self.add(stmt.range(), "pass");
                self.arithmetic(assign.target.end(), assign.op, assign.value.start(), true);
            }
            Stmt::If(branch) => self.condition(&branch.test, true),
            Stmt::While(looped) => self.condition(&looped.test, false),
            Stmt::Break(_) => self.add(stmt.range(), "continue"),
            Stmt::Continue(_) => self.add(stmt.range(), "break"),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_elif_else_clause(&mut self, clause: &'a ElifElseClause) {
        clause.test.iter().for_each(|test| self.condition(test, true));
        walk_elif_else_clause(self, clause);
    }

    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        comprehension.ifs.iter().for_each(|test| self.condition(test, true));
        walk_comprehension(self, comprehension);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if !expr.is_slice_expr() {
            self.whole = expr.range(); // a slice is reached when what it is of is
        }
        match expr {
            Expr::Compare(compare) => self.compare(&compare.left, &compare.ops, &compare.comparators),
            Expr::BinOp(binary) => self.arithmetic(binary.left.end(), binary.op, binary.right.start(), false),
            Expr::BoolOp(boolean) => self.boolean(boolean.op, &boolean.values),
            Expr::UnaryOp(unary) if matches!(unary.op, UnaryOp::Not | UnaryOp::USub) => {
                let operand = format!("({})", self.text(unary.operand.range()));
                self.add(unary.range, operand);
            }
            Expr::If(either) => self.condition(&either.test, true),
            Expr::Subscript(subscript) => self.slice(&subscript.slice),
            Expr::FString(_) => return, // its ranges are those of its parts, which may stand in brackets
            _ => {}
        }
        self.literal(expr);
        self.call(expr);
        walk_expr(self, expr);
    }
}
