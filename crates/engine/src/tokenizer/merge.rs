//! Merges neighbours until none can: what byte-level BPE and SentencePiece have in common.
use hashbrown::HashMap;
use std::{cmp::Reverse, collections::BinaryHeap};

/// Pairs that may merge, by the ids of their halves: (rank, merged id).
pub(super) type Merges = HashMap<(u32, u32), (u32, u32)>;

/// A piece of a word in a doubly linked list, so that pieces merge in any order.
struct Link {
    id: u32,
    prev: usize,
    next: usize,
}

const GONE: u32 = u32::MAX;

/// Merges neighbours, best rank first and leftmost first among equals; `rank` says whether and when a pair merges.
///
/// A heap of pairs keeps this at n log n, whatever the text.
pub(super) fn merge<O: Ord + Copy>(ids: &mut Vec<u32>, mut rank: impl FnMut(u32, u32) -> Option<(O, u32)>) {
    let n = ids.len();
    if n < 2 {
        return;
    }
    let mut links: Vec<_> =
        ids.iter().enumerate().map(|(i, id)| Link { id: *id, prev: i.wrapping_sub(1), next: i + 1 }).collect();
    let mut pair = |links: &[Link], a: usize| {
        let b = links.get(a)?.next;
        let (left, right) = (links[a].id, links.get(b)?.id);
        rank(left, right).map(|(rank, id)| Reverse((rank, a, left, right, id)))
    };
    let mut heap: BinaryHeap<_> = (0..n).filter_map(|a| pair(&links, a)).collect();
    while let Some(Reverse((_, a, left, right, id))) = heap.pop() {
        let b = links[a].next;
        // a neighbour changed since this pair was seen
        if links[a].id != left || b >= n || links[b].id != right {
            continue;
        }
        links[a].id = id;
        links[b].id = GONE;
        let next = links[b].next;
        links[a].next = next;
        if next < n {
            links[next].prev = a;
        }
        let prev = links[a].prev;
        heap.extend(pair(&links, prev));
        heap.extend(pair(&links, a));
    }
    ids.clear();
    ids.extend(links.iter().map(|l| l.id).filter(|id| *id != GONE));
}
