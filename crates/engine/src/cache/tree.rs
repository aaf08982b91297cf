//! Which page holds which tokens: a tree of pages, each under the page of the tokens before it.
use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

/// Pages by their tokens. Only a page without children may hold fewer than a page's tokens.
type Children = BTreeMap<Arc<[u32]>, usize>;

/// Where a page's tokens begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// At position 0, with keys and values of this kind.
    Root(u64),
    /// After those of this node.
    After(usize),
}

pub(super) struct Node {
    tokens: Arc<[u32]>,
    pub page: usize,
    place: Place,
    children: Children,
    /// When it was last of use.
    pub used: u64,
}

#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Option<Node>>,
    unused: Vec<usize>,
    roots: HashMap<u64, Children>,
    clock: u64,
}

impl Tree {
    fn children(&self, place: Place) -> Option<&Children> {
        match place {
            Place::Root(key) => self.roots.get(&key),
            Place::After(node) => self.nodes.get(node)?.as_ref().map(|node| &node.children),
        }
    }

    fn children_mut(&mut self, place: Place) -> Option<&mut Children> {
        match place {
            Place::Root(key) => Some(self.roots.entry(key).or_default()),
            Place::After(node) => self.nodes.get_mut(node)?.as_mut().map(|node| &mut node.children),
        }
    }

    pub(super) fn get(&self, node: usize) -> Option<&Node> {
        self.nodes.get(node)?.as_ref()
    }

    /// The node that holds just these tokens at `place`.
    pub(super) fn child(&self, place: Place, tokens: &[u32]) -> Option<usize> {
        self.children(place)?.get(tokens).copied()
    }

    /// The node at `place` that shares most of its first tokens with `tokens`, and how many these are.
    pub(super) fn nearest(&self, place: Place, tokens: &[u32]) -> Option<(usize, usize)> {
        let children = self.children(place)?;
        // in the order of their tokens, whoever shares most stands next to them
        let before = children.range::<[u32], _>((Bound::Unbounded, Bound::Included(tokens))).next_back();
        let after = children.range::<[u32], _>((Bound::Excluded(tokens), Bound::Unbounded)).next();
        let n_common = |other: &[u32]| other.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        let both = before.into_iter().chain(after).map(|(other, node)| (*node, n_common(other)));
        both.max_by_key(|(_, n)| *n).filter(|(_, n)| *n > 0)
    }

    /// The node at `place` that holds a beginning of `tokens` and not all of them, if there is one.
    pub(super) fn beginning(&self, place: Place, tokens: &[u32]) -> Option<usize> {
        let before = self.children(place)?.range::<[u32], _>((Bound::Unbounded, Bound::Excluded(tokens))).next_back();
        before.filter(|(other, _)| tokens.starts_with(other)).map(|(_, node)| *node)
    }

    /// Adds what `child` did not find.
    pub(super) fn insert(&mut self, place: Place, tokens: &[u32], page: usize) -> usize {
        let tokens: Arc<[u32]> = tokens.into();
        let new = Node { tokens: tokens.clone(), page, place, children: Children::new(), used: self.clock };
        let node = self.unused.pop().unwrap_or_else(|| {
            self.nodes.push(None);
            self.nodes.len() - 1
        });
        self.nodes[node] = Some(new);
        if let Some(children) = self.children_mut(place) {
            children.insert(tokens, node);
        }
        node
    }

    /// Removes a node without children; its page is nobody's then.
    pub(super) fn remove(&mut self, node: usize) -> Option<usize> {
        let gone = self.nodes.get_mut(node)?.take()?;
        self.unused.push(node);
        if let Some(children) = self.children_mut(gone.place) {
            children.remove(&gone.tokens);
        }
        if let Place::Root(key) = gone.place
            && self.roots.get(&key).is_some_and(Children::is_empty)
        {
            self.roots.remove(&key);
        }
        Some(gone.page)
    }

    /// The nodes from position 0 to `place`, last first.
    pub(super) fn chain(&self, mut place: Place) -> Vec<usize> {
        let mut chain = Vec::new();
        while let Place::After(node) = place
            && let Some(found) = self.get(node)
        {
            chain.push(node);
            place = found.place;
        }
        chain
    }

    /// Notes that all up to `place` was of use just now.
    pub(super) fn touch(&mut self, place: Place) {
        self.clock += 1;
        for node in self.chain(place) {
            if let Some(node) = &mut self.nodes[node] {
                node.used = self.clock;
            }
        }
    }

    /// All nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter_map(|(i, node)| Some((i, node.as_ref()?)))
    }
}

impl Node {
    pub(super) fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }
}
