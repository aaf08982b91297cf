//! What code of a tool may be made of: a subset of Python that computes and does nothing else, told to makers line by line.
use crate::{
    finding::{Finding, FindingKind::Code},
    syntax,
};
use ruff_python_ast::{
    Alias, ExceptHandler, Expr, Keyword, ModModule, Number, Operator, Parameter, Stmt,
    visitor::{Visitor, walk_except_handler, walk_expr, walk_keyword, walk_parameter, walk_stmt},
};
use ruff_text_size::{Ranged, TextSize};
use std::collections::BTreeSet;

/// Modules that only compute, and of those that lack something, what there is.
const MODULES: [(&str, &str); 9] = [
    (
        "re",
        "search match fullmatch findall finditer split sub compile escape IGNORECASE MULTILINE DOTALL ASCII I M S A",
    ),
    ("math", ""),
    ("json", "dumps loads JSONDecodeError"),
    (
        "itertools",
        "accumulate batched chain compress count cycle dropwhile filterfalse islice pairwise repeat starmap takewhile \
         zip_longest",
    ),
    ("functools", "reduce partial"),
    ("collections", "Counter deque defaultdict namedtuple"),
    ("datetime", "date datetime time timedelta timezone"),
    ("unicodedata", ""),
    ("typing", ""),
];
const MATH: [&str; 5] = ["prod", "fsum", "hypot", "dist", "sumprod"];
/// Built-in functions that reach beyond what a tool was given, differ from run to run, or run what nobody has seen.
const FORBIDDEN: [&str; 24] = [
    "eval",
    "exec",
    "compile",
    "open",
    "input",
    "print",
    "globals",
    "locals",
    "vars",
    "dir",
    "getattr",
    "setattr",
    "delattr",
    "hasattr",
    "id",
    "hash",
    "breakpoint",
    "exit",
    "quit",
    "help",
    "memoryview",
    "object",
    "super",
    "callable",
];
/// Methods that ask what time it is, or where.
const CLOCKS: [&str; 5] = ["now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp"];
/// Most findings that are told at once.
const MOST: usize = 12;

/// The names of modules and of what may be imported from them, for makers; nothing where that is all.
pub fn modules() -> impl Iterator<Item = (&'static str, &'static str)> {
    MODULES.into_iter()
}

pub(super) fn check(code: &str, module: &ModModule) -> Vec<Finding> {
    let mut bound = Bound(BTreeSet::new());
    bound.visit_body(&module.body);
    let mut subset = Subset { code, findings: Vec::new(), depth: 0, bound: bound.0, imported: BTreeSet::new() };
    for stmt in &module.body {
        subset.top_level(stmt);
        subset.visit_stmt(stmt);
    }
    subset.findings.sort_by_key(|finding| finding.line);
    subset.findings.dedup();
    subset.findings.truncate(MOST);
    subset.findings
}

struct Subset<'a> {
    code: &'a str,
    findings: Vec<Finding>,
    /// Functions around.
    depth: usize,
    /// Names that the code gives to values of its own.
    bound: BTreeSet<&'a str>,
    /// Modules under their own names.
    imported: BTreeSet<&'a str>,
}

/// All names that are assigned to, and all parameters.
struct Bound<'a>(BTreeSet<&'a str>);

impl<'a> Visitor<'a> for Bound<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && name.ctx.is_store()
        {
            self.0.insert(&name.id);
        }
        walk_expr(self, expr);
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.0.insert(parameter.name.as_str());
    }
}

impl Subset<'_> {
    fn fault(&mut self, place: TextSize, message: impl Into<String>) {
        self.findings.push(Finding::at(syntax::line(self.code, place), Code, message));
    }

    fn top_level(&mut self, stmt: &Stmt) {
        let is_name = |target: &Expr| target.is_name_expr() || target.is_tuple_expr();
        let fits = match stmt {
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::FunctionDef(_) => true,
            Stmt::Assign(assign) => assign.targets.iter().all(is_name),
            Stmt::AnnAssign(assign) => is_name(&assign.target),
            Stmt::Expr(expr) => expr.value.is_string_literal_expr(), // a docstring
            _ => false,
        };
        if !fits {
            let message =
                "at the top level, only imports, functions and constants expected: no calls, no examples of use";
            self.fault(stmt.start(), message);
        }
    }

    fn name(&mut self, name: &str, place: TextSize) {
        if name.starts_with("__") || name.starts_with("kinglet_") {
            self.fault(place, format!("`{name}`: names with `__` or `kinglet_` at their beginning are not for tools"));
        }
    }

    fn import(&mut self, module: &str, names: &[Alias], place: TextSize) {
        let Some((_, there)) = MODULES.iter().find(|(name, _)| *name == module) else {
            let known = MODULES.map(|(name, _)| name).join(", ");
            self.fault(place, format!("`{module}` cannot be imported; there is {known}"));
            return;
        };
        for alias in names {
            self.member(module, there, alias.name.as_str(), place);
        }
    }

    fn member(&mut self, module: &str, there: &str, name: &str, place: TextSize) {
        let lacks = match (module, there) {
            ("math", _) => MATH.contains(&name),
            (_, "") => false,
            _ => !there.split_whitespace().any(|known| known == name),
        };
        if lacks {
            let there = if there.is_empty() { String::new() } else { format!("; there is {there}") };
            self.fault(place, format!("`{module}.{name}` does not exist here{there}; write a function of your own"));
        }
    }

    /// Statements that the interpreter lacks, with what to write instead.
    fn unsupported(stmt: &Stmt) -> Option<&'static str> {
        Some(match stmt {
            Stmt::ClassDef(_) => "classes do not exist here: use functions, dicts, tuples or namedtuple",
            Stmt::Delete(_) => "`del` does not exist here: use `.pop(key)`, or build a new list or dict",
            Stmt::Match(_) => "`match` does not exist here: use `if` and `elif`",
            Stmt::With(_) => "`with` is not for tools",
            Stmt::TypeAlias(_) => "type aliases do not exist here",
            Stmt::Global(_) => "`global` is not for tools: functions must depend on their parameters alone",
            Stmt::FunctionDef(function) if function.is_async => "`async` is not for tools",
            Stmt::FunctionDef(function) if !function.decorator_list.is_empty() => "decorators are not for tools",
            _ => return None,
        })
    }

    /// Targets that the interpreter cannot unpack into.
    fn unpacks(&mut self, target: &Expr) {
        let (Expr::Tuple(_) | Expr::List(_)) = target else { return };
        let elements = match target {
            Expr::Tuple(tuple) => &tuple.elts[..],
            Expr::List(list) => &list.elts[..],
            _ => &[],
        };
        if elements.iter().any(|element| element.is_subscript_expr() || element.is_attribute_expr()) {
            let message = "only names can be unpacked into here: instead of `a[i], a[j] = a[j], a[i]` write \
                           `first = a[i]`, `a[i] = a[j]`, `a[j] = first`";
            self.fault(target.start(), message);
        }
    }

    fn assigned(&mut self, target: &Expr) {
        self.unpacks(target);
        if let Expr::Subscript(subscript) = target
            && subscript.slice.is_slice_expr()
        {
            self.fault(target.start(), "slices cannot be assigned to here: build a new list");
        }
    }
}

impl<'a> Visitor<'a> for Subset<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Some(message) = Self::unsupported(stmt) {
            self.fault(stmt.start(), message);
        }
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.import(alias.name.as_str(), &[], stmt.start());
                    if alias.asname.is_none() {
                        self.imported.insert(alias.name.as_str());
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or(".", |module| module.as_str());
                self.import(module, &import.names, stmt.start());
            }
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.assigned(target)),
            Stmt::For(each) => self.unpacks(&each.target),
            _ => {}
        }
        if matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_)) && self.depth > 0 {
            self.fault(stmt.start(), "imports stand at the top of the code");
        }
        if let Stmt::FunctionDef(function) = stmt {
            self.name(function.name.as_str(), stmt.start());
            self.depth += 1;
            walk_stmt(self, stmt);
            self.depth -= 1;
        } else {
            walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let place = expr.start();
        match expr {
            Expr::Name(name) => {
                self.name(&name.id, place);
                if FORBIDDEN.contains(&name.id.as_str()) && !self.bound.contains(name.id.as_str()) {
                    self.fault(
                        place,
                        format!("`{}` is not for tools: they compute from their parameters alone", name.id),
                    );
                }
            }
            Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                self.name(name, place);
                if CLOCKS.contains(&name) {
                    self.fault(
                        place,
                        format!("`.{name}`: tools have no clock; the same text has the same answer always"),
                    );
                }
                if let Expr::Name(module) = &*attribute.value
                    && self.imported.contains(module.id.as_str())
                    && let Some((module, there)) = MODULES.iter().find(|(known, _)| *known == module.id.as_str())
                {
                    self.member(module, there, name, place);
                }
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => self.fault(place, "`yield` does not exist here: return a list"),
            Expr::Await(_) => self.fault(place, "`await` is not for tools"),
            Expr::NumberLiteral(number) if matches!(number.value, Number::Complex { .. }) => {
                self.fault(place, "complex numbers do not exist here");
            }
            Expr::BinOp(binary) if binary.op == Operator::Mod && binary.left.is_string_literal_expr() => {
                self.fault(place, "`%` does not format texts here: use an f-string");
            }
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.name(parameter.name.as_str(), parameter.range.start());
        walk_parameter(self, parameter);
    }

    fn visit_keyword(&mut self, keyword: &'a Keyword) {
        if let Some(name) = &keyword.arg {
            self.name(name.as_str(), keyword.range.start());
        }
        walk_keyword(self, keyword);
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        if alias.name.as_str() == "*" {
            self.fault(alias.range.start(), "`import *`: name what is imported");
        }
        if let Some(name) = &alias.asname {
            self.name(name.as_str(), alias.range.start());
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.name(name.as_str(), inner.range.start());
        }
        walk_except_handler(self, handler);
    }
}
