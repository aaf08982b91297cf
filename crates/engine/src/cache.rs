//! The KV cache: pages of 32 tokens, each held once for all sequences that begin alike.
pub(crate) mod layers;
pub(crate) mod saved;
mod tree;

use crate::{
    arch::Arch,
    kernel::{HeadPages, PAGE},
};
pub use layers::KvType;
use layers::Layers;
use tree::{Place, Tree};

/// Keys and values of all sequences.
pub(crate) struct Cache {
    layers: Layers,
    /// Of each page, how many hold it: sequences, pins, and the tree.
    holders: Vec<u32>,
    /// Last freed, first used: memory that was never needed is never touched.
    free: Vec<usize>,
    /// Pages whose tokens are known, for whoever comes with the same. Nobody writes to them any more.
    tree: Tree,
    n_evicted: u64,
}

/// Pages that one sequence holds, in order of position.
#[derive(Debug)]
pub(crate) struct Pages {
    all: Vec<usize>,
    /// Of them, how many are in the tree: the first ones.
    n_shared: usize,
    /// Where the others would stand.
    place: Place,
}

impl Pages {
    /// None yet. Only sequences of the same `key` have the same keys and values for the same tokens.
    pub(crate) fn new(key: u64) -> Self {
        Self { all: Vec::new(), n_shared: 0, place: Place::Root(key) }
    }

    /// How many these are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

impl Cache {
    /// Room for `n_tokens` tokens.
    pub(crate) fn new(arch: &Arch, kv: KvType, n_tokens: usize) -> Self {
        let n_pages = n_tokens.div_ceil(PAGE);
        Self {
            layers: Layers::new(kv, arch.n_layers, arch.n_kv_heads, arch.head_dim, n_pages),
            holders: vec![0; n_pages],
            free: (0..n_pages).rev().collect(),
            tree: Tree::default(),
            n_evicted: 0,
        }
    }

    /// Pages in all.
    pub(crate) fn n_pages(&self) -> usize {
        self.holders.len()
    }

    /// Pages that hold nothing.
    pub(crate) fn n_free(&self) -> usize {
        self.free.len()
    }

    /// Pages that only the tree holds: they are kept while nobody needs the room.
    pub(crate) fn n_idle(&self) -> usize {
        self.tree.nodes().filter(|(_, node)| self.holders[node.page] == 1).count()
    }

    /// Pages that were given up for others since the start.
    pub(crate) fn n_evicted(&self) -> u64 {
        self.n_evicted
    }

    /// Pages that `n_tokens` tokens need.
    pub(crate) fn pages_for(n_tokens: usize) -> usize {
        n_tokens.div_ceil(PAGE)
    }

    /// Makes room in `pages` for `n_tokens` tokens, by what was not of use for longest where nothing is free; false, and
    /// nothing changed, when there is not enough of either.
    pub(crate) fn reserve(&mut self, pages: &mut Pages, n_tokens: usize) -> bool {
        let n_more = Self::pages_for(n_tokens).saturating_sub(pages.all.len());
        if n_more > self.free.len() && n_more > self.free.len() + self.n_idle() {
            return false;
        }
        while n_more > self.free.len() && self.evict() {}
        let more = self.free.len() - n_more.min(self.free.len());
        for page in self.free.drain(more..).rev() {
            self.holders[page] = 1;
            pages.all.push(page);
        }
        true
    }

    /// Frees the leaf that nobody holds and that was not of use for longest.
    fn evict(&mut self) -> bool {
        let idle = self.tree.nodes().filter(|(_, node)| node.is_leaf() && self.holders[node.page] == 1);
        let Some(oldest) = idle.min_by_key(|(_, node)| node.used).map(|(i, _)| i) else {
            return false;
        };
        self.n_evicted += 1;
        self.drop_node(oldest);
        true
    }

    fn drop_node(&mut self, node: usize) {
        if let Some(page) = self.tree.remove(node) {
            self.let_go(page);
        }
    }

    fn let_go(&mut self, page: usize) {
        self.holders[page] -= 1;
        if self.holders[page] == 0 {
            self.free.push(page);
        }
    }

    /// How many of the first pages of `tokens` are in the tree, and how many of these nobody holds.
    pub(crate) fn known(&self, key: u64, tokens: &[u32]) -> (usize, usize) {
        let (mut place, mut n, mut n_idle) = (Place::Root(key), 0, 0);
        for tokens in tokens.chunks_exact(PAGE) {
            let Some(node) = self.tree.child(place, tokens) else { break };
            n += 1;
            n_idle += usize::from(self.tree.get(node).is_some_and(|node| self.holders[node.page] == 1));
            place = Place::After(node);
        }
        (n, n_idle)
    }

    /// Puts into `pages`, of which the first `n_done` positions are written, what the tree has of `tokens` after them.
    /// Returns how many positions are written then.
    pub(crate) fn find(&mut self, pages: &mut Pages, tokens: &[u32], mut n_done: usize) -> usize {
        while let Some(tokens) = tokens.get(pages.n_shared * PAGE..(pages.n_shared + 1) * PAGE)
            && let Some(node) = self.tree.child(pages.place, tokens)
        {
            self.share(pages, node);
        }
        let start = pages.n_shared * PAGE;
        n_done = n_done.max(start);
        let rest = &tokens[start.min(tokens.len())..tokens.len().min(start + PAGE)];
        let Some((node, n)) = self.tree.nearest(pages.place, rest).filter(|(_, n)| start + n > n_done) else {
            return n_done;
        };
        let Some(from) = self.tree.get(node).map(|node| node.page) else { return n_done };
        // a page that begins alike is copied, as what follows will differ; it must not be what gives way for the copy
        self.holders[from] += 1;
        let has_room = self.reserve(pages, start + n);
        if has_room {
            self.layers.copy(from, pages.all[pages.n_shared]);
            self.tree.touch(Place::After(node));
        }
        self.let_go(from);
        if has_room { start + n } else { n_done }
    }

    /// Takes the page of `node` for the next one of `pages`.
    fn share(&mut self, pages: &mut Pages, node: usize) {
        let Some(page) = self.tree.get(node).map(|node| node.page) else { return };
        self.holders[page] += 1;
        if pages.n_shared < pages.all.len() {
            let own = std::mem::replace(&mut pages.all[pages.n_shared], page);
            self.let_go(own);
        } else {
            pages.all.push(page);
        }
        pages.n_shared += 1;
        pages.place = Place::After(node);
    }

    /// Makes the pages that `known`, the tokens written so far, fill to the last position known to all.
    pub(crate) fn publish(&mut self, pages: &mut Pages, known: &[u32]) {
        while let Some(tokens) = known.get(pages.n_shared * PAGE..(pages.n_shared + 1) * PAGE) {
            let node = self.tree.child(pages.place, tokens).unwrap_or_else(|| self.insert(pages, tokens));
            // the same tokens after the same tokens have the same keys and values, to the bit: one page is enough
            self.share(pages, node);
        }
    }

    /// Gives the next page of `pages`, which holds `tokens`, to the tree.
    fn insert(&mut self, pages: &Pages, tokens: &[u32]) -> usize {
        let page = pages.all[pages.n_shared];
        self.holders[page] += 1;
        let node = self.tree.insert(pages.place, tokens, page);
        // what held a beginning of it is of no more use
        if let Some(less) = self.tree.beginning(pages.place, tokens)
            && self.tree.get(less).is_some_and(|less| self.holders[less.page] == 1)
        {
            self.drop_node(less);
        }
        node
    }

    /// Takes back the pages of a sequence that ends, with `known`, the tokens that were written, kept while there is room.
    pub(crate) fn retire(&mut self, mut pages: Pages, known: &[u32]) {
        self.publish(&mut pages, known);
        let tail = &known[pages.n_shared * PAGE..];
        match self.tree.nearest(pages.place, tail) {
            _ if tail.is_empty() => self.tree.touch(pages.place),
            Some((node, n)) if n == tail.len() => self.tree.touch(Place::After(node)),
            _ => {
                self.tree.touch(pages.place);
                self.insert(&pages, tail);
            }
        }
        for page in pages.all.into_iter().rev() {
            self.let_go(page);
        }
    }

    /// The nodes that hold the pages of `tokens`, if all of them are known.
    fn nodes_of(&self, key: u64, tokens: &[u32]) -> Option<Vec<usize>> {
        let mut place = Place::Root(key);
        let nodes = tokens.chunks(PAGE).map(|tokens| {
            let (node, _) = self.tree.nearest(place, tokens).filter(|(_, n)| *n == tokens.len())?;
            place = Place::After(node);
            Some(node)
        });
        nodes.collect()
    }

    /// Keeps the pages of `tokens` for good; false when not all of them are known.
    pub(crate) fn pin(&mut self, tokens: &[u32]) -> bool {
        let Some(nodes) = self.nodes_of(0, tokens) else { return false };
        let pages: Vec<usize> = nodes.into_iter().filter_map(|node| Some(self.tree.get(node)?.page)).collect();
        pages.into_iter().for_each(|page| self.holders[page] += 1);
        true
    }

    /// Stores the keys and values `[n_kv_heads * head_dim]` of position `pos`.
    pub(crate) fn store(&mut self, layer_idx: usize, pages: &Pages, pos: usize, k: &[f32], v: &[f32]) {
        self.layers.store(layer_idx, pages.all[pos / PAGE], pos % PAGE, k, v);
    }

    /// The pages of one KV head.
    pub(crate) fn pages(&self, layer_idx: usize, kv_head: usize, pages: &Pages) -> HeadPages<'_> {
        self.layers.pages(layer_idx, kv_head, &pages.all)
    }
}
