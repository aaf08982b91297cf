//! Writes sets of values as rules of a Lark grammar: compact JSON, properties in the order in which schemas name them.
use super::{
    Digits, Fault,
    expand::Expander,
    expr::Expr,
    extent::{always_empty, ast_of, is_empty, is_integral, largest},
    number::{Decimal, Numbers},
    pattern::{CHAR, quoted_text},
    set::{Array, Demands, Object, Set},
    text::Texts,
};
use indexed::Nodes;
use llguidance::derivre::RegexAst;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt::Write};

/// Kinds of value that a schema may distinguish.
const MOST_NODES: usize = 5_000;
/// Patterns of property names that may meet in one object.
const MOST_PATTERNS: usize = 5;
/// States in which the properties of one object are counted.
const MOST_STATES: usize = 20_000;
/// Bytes of rules.
const MOST_BYTES: usize = 4 << 20;

/// One kind of value.
#[derive(Default)]
struct Node {
    /// Terminals and rules of scalars.
    scalars: Vec<String>,
    arrays: Vec<ArrayPlan>,
    objects: Vec<ObjectPlan>,
    /// Whether it has a value that ends.
    lives: bool,
}

struct ArrayPlan {
    prefix: Vec<Option<usize>>,
    rest: Option<usize>,
    min: usize,
    max: usize,
}

struct ObjectPlan {
    named: Vec<Property>,
    /// Terminals of names, and what their values are.
    free: Vec<(String, usize)>,
    min: usize,
    max: usize,
}

struct Property {
    name: String,
    value: usize,
    required: bool,
}

/// Kinds of value by what is demanded of them, in order of discovery.
mod indexed {
    use super::super::set::Demands;
    use std::collections::HashMap;

    #[derive(Default)]
    pub(super) struct Nodes {
        numbers: HashMap<Demands, usize>,
        pub(super) found: Vec<Demands>,
    }

    impl Nodes {
        pub(super) fn number(&mut self, demands: Demands) -> usize {
            *self.numbers.entry(demands).or_insert_with_key(|demands| {
                self.found.push(demands.clone());
                self.found.len() - 1
            })
        }
    }
}

struct Emitter {
    prefix: String,
    digits: Digits,
    nodes: Nodes,
    /// Terminals by what they say.
    terminals: BTreeMap<String, String>,
    /// Terminals, in order.
    definitions: String,
}

/// The rules of all values that `expander` knows; `start` is any one of them.
pub(super) fn rules(expander: &mut Expander<'_>, start: &str, prefix: &str, digits: Digits) -> Result<String, Fault> {
    let nodes = Nodes::default();
    let mut emitter =
        Emitter { prefix: prefix.to_owned(), digits, nodes, terminals: BTreeMap::new(), definitions: String::new() };
    let root = emitter.nodes.number(expander.root()?);
    let mut plans = Vec::new();
    while plans.len() < emitter.nodes.found.len() {
        if plans.len() >= MOST_NODES {
            return Err(Fault::new(format!("more than {MOST_NODES} kinds of value come of this schema")));
        }
        let set = expander.set(&emitter.nodes.found[plans.len()].clone())?;
        plans.push(emitter.node(&set)?);
    }
    while plans.iter().any(|node| !node.lives && node.can_live(&plans)) {
        let lives: Vec<bool> = plans.iter().map(|node| node.lives || node.can_live(&plans)).collect();
        plans.iter_mut().zip(lives).for_each(|(node, lives)| node.lives = lives);
    }
    if !plans[root].lives {
        return Err(Fault::new("no value satisfies this schema"));
    }
    let mut out = format!("{start}: {prefix}v{root}\n");
    for (idx, node) in plans.iter().enumerate().filter(|(_, node)| node.lives) {
        emitter.write_node(idx, node, &plans, &mut out)?;
        if out.len() + emitter.definitions.len() > MOST_BYTES {
            return Err(Fault::new(format!("more than {MOST_BYTES} bytes of grammar come of this schema")));
        }
    }
    Ok(out + &emitter.definitions)
}

impl Node {
    fn can_live(&self, plans: &[Self]) -> bool {
        !self.scalars.is_empty()
            || self.arrays.iter().any(|array| array.reach(plans).is_some())
            || self.objects.iter().any(|object| object.lives(plans))
    }
}

impl ArrayPlan {
    /// The most items that it can have; `None` when it cannot have the least.
    fn reach(&self, plans: &[Node]) -> Option<usize> {
        let lives = |item: &Option<usize>| item.is_some_and(|idx| plans[idx].lives);
        let first_dead = self.prefix.iter().position(|item| !lives(item));
        let end = if lives(&self.rest) { usize::MAX } else { self.prefix.len() };
        let most = self.max.min(first_dead.unwrap_or(end));
        (most >= self.min).then_some(most)
    }
}

impl ObjectPlan {
    fn lives(&self, plans: &[Node]) -> bool {
        let n_required = self.named.iter().filter(|p| p.required).count();
        let n_living = self.named.iter().filter(|p| plans[p.value].lives).count();
        let free = self.free.iter().any(|(_, value)| plans[*value].lives);
        self.named.iter().all(|p| !p.required || plans[p.value].lives)
            && n_required <= self.max
            && n_living + usize::from(free) >= self.min
    }
}

impl Emitter {
    fn node(&mut self, set: &Set) -> Result<Node, Fault> {
        let mut node = Node::default();
        node.scalars.extend(set.null.then(|| r#""null""#.to_owned()));
        match (set.yes, set.no) {
            (true, true) => node.scalars.push("/true|false/".to_owned()),
            (true, false) => node.scalars.push(r#""true""#.to_owned()),
            (false, true) => node.scalars.push(r#""false""#.to_owned()),
            (false, false) => {}
        }
        node.scalars.extend(self.number(&set.numbers)?);
        node.scalars.extend(self.text(&set.texts)?);
        for array in &set.arrays {
            node.arrays.push(self.array(array));
        }
        for object in &set.objects {
            node.objects.extend(self.object(object)?);
        }
        Ok(node)
    }

    fn array(&mut self, array: &Array) -> ArrayPlan {
        let mut number = |item: &Option<Demands>| item.as_ref().map(|demands| self.nodes.number(demands.clone()));
        ArrayPlan {
            prefix: array.prefix.iter().take(array.max).map(&mut number).collect(),
            rest: number(&array.rest),
            min: array.min,
            max: array.max,
        }
    }

    fn object(&mut self, object: &Object) -> Result<Option<ObjectPlan>, Fault> {
        let mut names: Vec<&String> = Vec::new();
        let of_blocks = object.blocks.iter().flat_map(|block| block.named.iter().map(|(name, _)| name));
        for name in of_blocks.chain(&object.required).chain(&object.forbidden) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let mut named = Vec::new();
        for name in &names {
            let required = object.required.contains(name);
            match object.property(name) {
                Some(demands) => {
                    named.push(Property { name: (*name).clone(), value: self.nodes.number(demands), required });
                }
                None if required => return Ok(None),
                None => {}
            }
        }
        let free = self.free(object, &names)?;
        let n_required = named.iter().filter(|p| p.required).count();
        if !free.is_empty() && object.min > n_required + 1 {
            return Err(Fault::new("minProperties of 2 and more is enforced only where all names are known"));
        }
        Ok(Some(ObjectPlan { named, free, min: object.min, max: object.max }))
    }

    /// Names that no schema names, by the patterns that they match.
    fn free(&mut self, object: &Object, named: &[&String]) -> Result<Vec<(String, usize)>, Fault> {
        let patterns: Vec<_> =
            object.blocks.iter().enumerate().flat_map(|(i, b)| b.patterns.iter().map(move |p| (i, p))).collect();
        if patterns.len() > MOST_PATTERNS {
            return Err(Fault::new(format!("at most {MOST_PATTERNS} patterns of names in one object are enforced")));
        }
        let taken = named.iter().fold(Expr::Nothing, |all, name| all.either(Expr::Leaf(Texts::One((*name).clone()))));
        let mut free = Vec::new();
        for matched in 0..1usize << patterns.len() {
            let is_matched = |i: usize| matched >> i & 1 == 1;
            let mut names = object.names.clone().both(taken.clone().not());
            let mut demands = Some(Demands::new());
            for (block_idx, block) in object.blocks.iter().enumerate() {
                let own: Vec<_> = patterns.iter().enumerate().filter(|(_, (b, _))| *b == block_idx).collect();
                let found: Vec<_> = own.iter().filter(|(i, _)| is_matched(*i)).map(|(_, (_, (_, d)))| d).collect();
                let one = if found.is_empty() {
                    block.others.clone()
                } else {
                    Some(found.into_iter().flatten().copied().collect())
                };
                demands = demands.zip(one).map(|(mut all, one)| {
                    all.extend(one);
                    all
                });
                for (i, (_, (pattern, _))) in own {
                    names = names.both(if is_matched(i) { pattern.clone() } else { pattern.clone().not() });
                }
            }
            let Some(demands) = demands else { continue };
            if let Some(terminal) = self.text(&names)? {
                free.push((terminal, self.nodes.number(demands)));
            }
        }
        Ok(free)
    }

    /// The terminal of `texts`; `None` when there are none.
    fn text(&mut self, texts: &Expr<Texts>) -> Result<Option<String>, Fault> {
        let all = format!("\"{CHAR}*\"");
        if is_empty(texts, &all)? {
            return Ok(None);
        }
        let every = self.terminal("STR", &format!("/{all}/"));
        Ok(Some(match texts {
            Expr::All => every,
            texts => {
                let says = texts.terminal(&every)?;
                self.terminal("T", &says)
            }
        }))
    }

    /// The terminal or the rule of `numbers`; `None` when there are none.
    fn number(&mut self, numbers: &Expr<Numbers>) -> Result<Option<String>, Fault> {
        if matches!(numbers, Expr::Nothing) {
            return Ok(None);
        }
        if let Some(json) = self.multiples(numbers)? {
            return Ok(Some(format!("%json {json}")));
        }
        let (regex, zero) = self.all_numbers(numbers);
        let ast = RegexAst::And(vec![ast_of(numbers, &regex)?, RegexAst::Regex(regex.clone())]);
        if always_empty(&ast)? {
            return Ok(None);
        }
        let all = self.terminal("NUM", &format!("/{regex}/{zero}"));
        Ok(Some(match numbers {
            Expr::All => all,
            numbers => {
                let says = format!("{all} & {}", numbers.terminal(&all)?);
                self.terminal("N", &says)
            }
        }))
    }

    /// A regex of all numbers that may be written, and what is to be taken from it.
    fn all_numbers(&self, numbers: &Expr<Numbers>) -> (String, &'static str) {
        let integral = is_integral(numbers);
        if self.digits == Digits::Any {
            return (r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?".to_owned(), r"");
        }
        // as many digits as a schema's own bounds have, or 15
        let n_int = largest(numbers).max(15);
        let mut ways = vec![format!("0|[1-9][0-9]{{0,{}}}", n_int - 1)];
        if !integral {
            ways.push(r"0\.[0-9]{1,15}".to_owned());
            ways.extend((1..15).map(|n| format!(r"[1-9][0-9]{{{}}}\.[0-9]{{1,{}}}", n - 1, 15 - n)));
        }
        (format!("-?(?:{})", ways.join("|")), r" & ~/-0(\.0+)?/")
    }

    /// Multiples are the library's own: its automaton computes remainders. `None` when there are none here.
    fn multiples(&self, numbers: &Expr<Numbers>) -> Result<Option<Value>, Fault> {
        let is_special = |leaf: &Numbers| matches!(leaf, Numbers::Multiples(_)) && leaf.regex_is_missing();
        let leaves: Vec<&Numbers> = match numbers {
            Expr::Leaf(leaf) => vec![leaf],
            Expr::Both(parts) => {
                let leaves = parts.iter().filter_map(|p| if let Expr::Leaf(leaf) = p { Some(leaf) } else { None });
                let leaves: Vec<_> = leaves.collect();
                if leaves.len() < parts.len() { Vec::new() } else { leaves }
            }
            _ => Vec::new(),
        };
        if !leaves.iter().any(|leaf| is_special(leaf)) {
            return Ok(None); // where it stands deeper, its regex is asked for, and missing
        }
        let number = |x: &Decimal| serde_json::from_str::<Value>(&x.text()).unwrap_or(Value::Null);
        let mut schema = Map::new();
        let mut integer = leaves.iter().any(|leaf| matches!(leaf, Numbers::Integers));
        let mut all = vec![];
        for leaf in leaves {
            let (key, value) = match leaf {
                Numbers::Integers => continue,
                Numbers::From(x, without) => (if *without { "exclusiveMinimum" } else { "minimum" }, x),
                Numbers::To(x, without) => (if *without { "exclusiveMaximum" } else { "maximum" }, x),
                Numbers::Multiples(x) => {
                    integer |= x.is_integer();
                    ("multipleOf", x)
                }
                Numbers::One(_) => return Err(Fault::new("constants among multiples cannot be combined")),
            };
            if value.n_digits() > 15 {
                return Err(Fault::new("bounds of more than 15 digits beside multipleOf are not enforced"));
            }
            all.push(Value::Object(Map::from_iter([(key.to_owned(), number(value))])));
        }
        let n_multiples = all.iter().filter(|part| part.get("multipleOf").is_some()).count();
        if n_multiples > 1 {
            return Err(Fault::new("two divisors of one number cannot be combined"));
        }
        if self.digits == Digits::Few {
            all.push(serde_json::json!({ "minimum": -999_999_999_999_i64, "maximum": 999_999_999_999_i64 }));
        }
        schema.insert("type".to_owned(), (if integer { "integer" } else { "number" }).into());
        schema.insert("allOf".to_owned(), Value::Array(all));
        Ok(Some(Value::Object(schema)))
    }

    /// The name of the terminal that says `says`.
    fn terminal(&mut self, kind: &str, says: &str) -> String {
        if let Some(name) = self.terminals.get(says) {
            return name.clone();
        }
        let name = format!("{}{kind}{}", self.prefix.to_uppercase(), self.terminals.len());
        let _ = writeln!(self.definitions, "{name}: {says}"); // into a String
        self.terminals.insert(says.to_owned(), name.clone());
        name
    }

    fn write_node(&self, idx: usize, node: &Node, plans: &[Node], out: &mut String) -> Result<(), Fault> {
        let p = &self.prefix;
        let mut ways = node.scalars.clone();
        let mut below = String::new();
        for (i, array) in node.arrays.iter().enumerate() {
            if let Some(most) = array.reach(plans) {
                ways.push(format!("{p}a{idx}x{i}"));
                self.write_array(&format!("{p}a{idx}x{i}"), array, most, &mut below);
            }
        }
        for (i, object) in node.objects.iter().enumerate().filter(|(_, object)| object.lives(plans)) {
            if self.write_object(&format!("{p}o{idx}x{i}"), object, plans, &mut below)? {
                ways.push(format!("{p}o{idx}x{i}"));
            }
        }
        let _ = write!(out, "{p}v{idx}: {}\n{below}", ways.join(" | "));
        Ok(())
    }

    fn write_array(&self, name: &str, array: &ArrayPlan, most: usize, out: &mut String) {
        let p = &self.prefix;
        let n = array.prefix.len().min(most);
        let comma = |i: usize| if i == 0 { "" } else { "\",\" " };
        let mut tail = String::new();
        if let (true, Some(rest)) = (most > n, array.rest) {
            let (min, max) = (array.min.saturating_sub(n), (most < usize::MAX).then(|| most - n));
            tail = if n > 0 {
                format!(r#"("," {p}v{rest}){}"#, times(min, max))
            } else {
                let more = times(min.saturating_sub(1), max.map(|n| n - 1));
                let some = format!(r#"{p}v{rest} ("," {p}v{rest}){more}"#);
                if min == 0 { format!("({some})?") } else { some }
            };
        }
        for i in (0..n).rev() {
            let Some(item) = array.prefix[i] else { continue };
            let one = format!("{}{p}v{item} {tail}", comma(i));
            // each item a rule of its own, so that long tuples nest no parentheses
            let rule = format!("{name}i{i}");
            let _ = writeln!(out, "{rule}: {one}");
            tail = if i < array.min { rule } else { format!("{rule}?") };
        }
        let _ = writeln!(out, r#"{name}: "[" {tail} "]""#);
    }

    /// False when it has no value after all.
    fn write_object(&self, name: &str, object: &ObjectPlan, plans: &[Node], out: &mut String) -> Result<bool, Fault> {
        let p = &self.prefix;
        let named: Vec<&Property> = object.named.iter().filter(|property| plans[property.value].lives).collect();
        let free: Vec<_> = object.free.iter().filter(|(_, value)| plans[*value].lives).collect();
        let n = named.len();
        // how many came so far, as far as it matters
        let bounded = object.max < n || (object.max < usize::MAX && !free.is_empty());
        let top = if bounded { object.max } else { object.min.max(1) };
        if (n + 1).saturating_mul(top.saturating_add(1)) > MOST_STATES {
            return Err(Fault::new("so many properties are not counted"));
        }
        let next = |c: usize| {
            if c < top {
                Some(c + 1)
            } else if bounded {
                None
            } else {
                Some(top)
            }
        };
        let comma = |c: usize| if c == 0 { "" } else { "\",\" " };
        let mut ends = vec![vec![false; top + 1]; n + 1];
        let mut rules = Vec::new();
        for c in (0..=top).rev() {
            let mut ways = Vec::new();
            if c >= object.min {
                ways.push("\"}\"".to_owned());
            }
            // a free name may come twice, and then counts once
            for (key, value) in &free {
                if let Some(c2) = next(c).filter(|_| c + 1 >= object.min) {
                    ways.push(format!(r#"{}{key} ":" {p}v{value} {name}s{n}c{c2}"#, comma(c)));
                }
            }
            ends[n][c] = c >= object.min || (!free.is_empty() && c + 1 >= object.min && next(c).is_some());
            if ends[n][c] {
                rules.push(format!("{name}s{n}c{c}: {}\n", ways.join(" | ")));
            }
        }
        for (i, property) in named.iter().enumerate().rev() {
            for c in 0..=top {
                let mut ways = Vec::new();
                if let Some(c2) = next(c).filter(|c2| ends[i + 1][*c2]) {
                    let key = format!("/{}:/", quoted_text(&property.name));
                    ways.push(format!("{}{key} {p}v{} {name}s{}c{c2}", comma(c), property.value, i + 1));
                }
                if !property.required && ends[i + 1][c] {
                    ways.push(format!("{name}s{}c{c}", i + 1));
                }
                ends[i][c] = !ways.is_empty();
                if ends[i][c] {
                    rules.push(format!("{name}s{i}c{c}: {}\n", ways.join(" | ")));
                }
            }
        }
        if ends[0][0] {
            let _ = writeln!(out, r#"{name}: "{{" {name}s0c0"#);
            out.extend(rules);
        }
        Ok(ends[0][0])
    }
}

fn times(min: usize, max: Option<usize>) -> String {
    match (min, max) {
        (0, None) => "*".to_owned(),
        (min, None) => format!("{{{min},}}"),
        (min, Some(max)) => format!("{{{min},{max}}}"),
    }
}
