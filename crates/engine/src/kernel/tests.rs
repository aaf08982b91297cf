//! Every instruction set against the plain kernels and the plain decoder.
use super::*;
use crate::{
    cache::{KvType, layers::Layers},
    quant::{self, Type},
};

const KINDS: [Type; 14] = [
    Type::F32,
    Type::F16,
    Type::BF16,
    Type::Q4_0,
    Type::Q4_1,
    Type::Q5_0,
    Type::Q5_1,
    Type::Q8_0,
    Type::Q2K,
    Type::Q3K,
    Type::Q4K,
    Type::Q5K,
    Type::Q6K,
    Type::IQ4NL,
];

fn random(state: &mut u32) -> u32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    *state >> 8
}

/// Random blocks whose f16 and f32 scales are small, finite numbers.
fn blocks(kind: Type, n: usize, state: &mut u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..n / kind.block_len() * kind.block_bytes()).map(|_| random(state) as u8).collect();
    let scales: &[usize] = match kind {
        Type::Q4_1 | Type::Q5_1 | Type::Q4K | Type::Q5K => &[0, 2],
        Type::Q2K => &[80, 82],
        Type::Q3K => &[108],
        Type::Q6K => &[208],
        _ => &[0],
    };
    for block in bytes.chunks_mut(kind.block_bytes()) {
        let x = (random(state) % 1000) as f32 / 50_000.0 - 0.01;
        match kind {
            Type::F32 => block.copy_from_slice(&x.to_le_bytes()),
            Type::BF16 => block.copy_from_slice(&half::bf16::from_f32(x).to_le_bytes()),
            _ => scales.iter().for_each(|at| block[*at..at + 2].copy_from_slice(&half::f16::from_f32(x).to_le_bytes())),
        }
    }
    bytes
}

#[test]
fn every_kernel_agrees_with_the_decoder_and_every_isa_with_scalar() {
    let mut state = 7;
    let (n_in, n_out) = (512, 40);
    for kind in KINDS {
        let bytes = blocks(kind, n_in * n_out, &mut state);
        let mut weights = vec![0.0; n_in * n_out];
        quant::dequantise(kind, &bytes, &mut weights);
        let w = Matrix::new(kind, &bytes, n_in, n_out, 2);
        assert_eq!(w.n_bytes(), Matrix::packed_bytes(kind, n_in, n_out), "{kind:?}");
        let x: Vec<f32> = (0..15 * n_in).map(|_| (random(&mut state) % 2000) as f32 / 1000.0 - 1.0).collect();
        if w.is_float() {
            agrees(kind, &w, &weights, &x, Precision::Float, 0.0003);
        } else {
            agrees(kind, &w, &weights, &x, Precision::Coarse, 0.03);
            agrees(kind, &w, &weights, &x, Precision::Fine, 0.0003);
        }
    }
}

/// `tolerance` is a share of the root of the summed squares: what rounding each activation may amount to.
fn agrees(kind: Type, w: &Matrix, weights: &[f32], x: &[f32], precision: Precision, tolerance: f64) {
    let (n_in, n_out) = (w.n_in, w.n_out);
    let mut pool = Pool::new(2);
    let mut plain = Vec::new();
    for isa in Isa::available() {
        let out = product(isa, &mut pool, w, x, precision);
        for (i, y) in out.iter().enumerate() {
            let (row, x) = (&weights[i % n_out * n_in..][..n_in], &x[i / n_out * n_in..][..n_in]);
            let exact: f64 = row.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
            let size: f64 = row.iter().zip(x).map(|(w, x)| (f64::from(*w) * f64::from(*x)).powi(2)).sum();
            let bound = tolerance * size.sqrt() + 1e-4;
            assert!((f64::from(*y) - exact).abs() <= bound, "{kind:?} {isa:?} {precision:?} {y} {exact}");
        }
        if plain.is_empty() {
            plain.clone_from(&out);
        }
        assert_eq!(plain, out, "{kind:?} {isa:?}: the same bits as scalar");
        for (x, out) in x.chunks(n_in).zip(out.chunks(n_out)) {
            let alone = product(isa, &mut pool, w, x, precision);
            assert_eq!(alone, out, "{kind:?} {isa:?}: alone as in a batch");
        }
    }
}

fn product(isa: Isa, pool: &mut Pool, w: &Matrix, x: &[f32], precision: Precision) -> Vec<f32> {
    let (mut acts, mut out) = (Activations::default(), vec![0.0; x.len() / w.n_in * w.n_out]);
    acts.set(isa, pool, x, w.n_in, precision);
    multiply(isa, pool, &acts, &mut [Product { w, out: &mut out }]);
    out
}

#[test]
fn screened_rows_are_the_best_of_all() {
    let mut state = 11;
    let (n_in, n_out, n) = (128, 70_000, 5);
    let bytes = blocks(Type::Q8_0, n_in * n_out, &mut state);
    let (plain, split) =
        (Matrix::new(Type::Q8_0, &bytes, n_in, n_out, 2), Matrix::screened(Type::Q8_0, &bytes, n_in, n_out, 2));
    assert!(can_screen(&split) && !can_screen(&plain));
    assert_eq!(split.n_bytes(), Matrix::screened_bytes(Type::Q8_0, n_in, n_out));
    let x: Vec<f32> = (0..n * n_in).map(|_| (random(&mut state) % 2000) as f32 / 1000.0 - 1.0).collect();
    let mut pool = Pool::new(2);
    for isa in Isa::available() {
        let all = product(isa, &mut pool, &plain, &x, Precision::Fine);
        assert_eq!(all, product(isa, &mut pool, &split, &x, Precision::Fine), "{isa:?}: two planes are the one");
        let also: Vec<u32> = all
            .chunks(n_out)
            .map(crate::sample::best)
            .chain([69_999])
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let odd = vec![0xaaaa_aaaa; n_out.div_ceil(32)];
        for (n_best, also, allowed) in [
            (1, &[][..], None),
            (1, &also, None),
            (40, &also, None),
            (40, &[], None),
            (1, &[], Some(&odd[..])),
            (40, &also, Some(&odd[..])),
        ] {
            let wanted: Vec<_> = (0..n).map(|_| Wanted { n: n_best, also, allowed }).collect();
            let found = screen(isa, &mut pool, &split, &x, &wanted, &mut Luck::default());
            for (found, all) in found.iter().zip(all.chunks(n_out)) {
                assert!(found.is_sorted_by_key(|x| x.0) && found.iter().all(|(id, y)| all[*id as usize] == *y));
                let mut order: Vec<u32> = (0..n_out as u32).filter(|id| !also.contains(id)).collect();
                order.retain(|id| allowed.is_none() || id % 2 == 1);
                order.sort_by(|a, b| all[*b as usize].total_cmp(&all[*a as usize]).then(a.cmp(b)));
                let missing = order[..n_best].iter().chain(also).find(|id| !found.iter().any(|x| x.0 == **id));
                assert_eq!(missing, None, "{isa:?}");
            }
        }
    }
}

#[test]
fn gates_are_the_same_bits_everywhere() {
    let x: Vec<f32> = (-600..603).map(|i| i as f32 / 5.0).collect();
    for kind in [Gate::Silu, Gate::Gelu] {
        let results = Isa::available().into_iter().map(|isa| {
            let mut values = x.clone();
            gate(isa, kind, &mut values, &x);
            values
        });
        let results: Vec<_> = results.collect();
        results.iter().for_each(|other| assert_eq!(&results[0], other));
        for (x, y) in x.iter().zip(&results[0]) {
            let x = f64::from(*x);
            let u = match kind {
                Gate::Silu => x / 2.0,
                Gate::Gelu => (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x),
            };
            let want = x * x / 2.0 * (1.0 + u.tanh());
            assert!((f64::from(*y) - want).abs() <= 1e-6 * want.abs().max(1e-3), "{kind:?} {x} {y} {want}");
        }
    }
}

/// What a cache of this kind keeps of `row`.
fn kept(kv: KvType, row: &[f32]) -> Vec<f32> {
    let block = |x: &[f32]| {
        let mut q = vec![0; x.len()];
        let scale = attend::widen(quantise(x, &mut q));
        let max = x.iter().fold(0.0f32, |max, x| max.max(x.abs()));
        let kept: Vec<f32> = q.iter().map(|q| f32::from(*q) * scale).collect();
        kept.iter().zip(x).for_each(|(kept, x)| assert!((kept - x).abs() <= max / 252.0, "{kept} {x} {max}"));
        kept
    };
    match kv {
        KvType::F16 => row.iter().map(|x| half::f16::from_f32(*x).to_f32()).collect(),
        KvType::Q8 => row.chunks(BLOCK).flat_map(block).collect(),
    }
}

#[test]
fn integers_are_near_whatever_the_size() {
    let mut state = 3;
    for power in -36..39 {
        let size = 10.0f32.powi(power);
        let row: Vec<f32> = (0..80).map(|_| ((random(&mut state) % 2000) as f32 / 1000.0 - 1.0) * size).collect();
        kept(KvType::Q8, &row);
    }
    assert_eq!(kept(KvType::Q8, &[0.0; 40]), [0.0; 40]);
}

#[test]
fn attention_agrees_with_the_textbook() {
    // whole blocks, and heads that end within one: for each instruction set, and for the narrower alone
    for (kv, head_dim) in [(KvType::F16, 64), (KvType::Q8, 64), (KvType::Q8, 80), (KvType::Q8, 40)] {
        attention_agrees(kv, head_dim);
    }
}

fn attention_agrees(kv: KvType, head_dim: usize) {
    let mut state = 9;
    let (n_tokens, g) = (600usize, 3usize);
    let mut values = |n: usize| (0..n).map(|_| (random(&mut state) % 2000) as f32 / 500.0 - 2.0).collect::<Vec<_>>();
    let [mut keys, mut values, q] = [n_tokens, n_tokens, 4 * g].map(|n| values(n * head_dim));
    let page_ids: Vec<usize> = (0..n_tokens.div_ceil(PAGE)).rev().collect();
    let mut layers = Layers::new(kv, 1, 1, head_dim, page_ids.len());
    for (t, (k, v)) in keys.chunks_exact_mut(head_dim).zip(values.chunks_exact_mut(head_dim)).enumerate() {
        layers.store(0, page_ids[t / PAGE], t % PAGE, k, v);
        k.copy_from_slice(&kept(kv, k));
        v.copy_from_slice(&kept(kv, v));
    }
    let pages = layers.pages(0, 0, &page_ids);
    let textbook = |q: &[f32], from: usize, to: usize, softcap: Option<f32>| -> Vec<f64> {
        let score = |t: usize| {
            let s: f64 = (0..head_dim).map(|i| f64::from(q[i] * keys[t * head_dim + i])).sum::<f64>() * 0.125;
            softcap.map_or(s, |c| f64::from(c) * (s / f64::from(c)).tanh()).exp()
        };
        let total: f64 = (from..=to).map(score).sum();
        let value = |i: usize| (from..=to).map(|t| score(t) * f64::from(values[t * head_dim + i])).sum::<f64>() / total;
        (0..head_dim).map(value).collect()
    };
    for (pos, n, window, softcap) in [
        (n_tokens - 1, 1, None, None),
        (0, 1, None, None),
        (n_tokens - 4, 4, Some(31), None),
        (40, 4, Some(33), Some(5.0)),
    ] {
        let attention = Attention { head_dim, n_kv_heads: 1, group: g, scale: 0.125, softcap, window };
        let mut plain = Vec::new();
        for (isa, n_threads) in Isa::available().into_iter().flat_map(|isa| [(isa, 1), (isa, 3)]) {
            let mut out = vec![0.0; n * g * head_dim];
            let tile = Neighbours { first: 0, n, pos };
            attention.run(isa, &mut Pool::new(n_threads), &[tile], &q[..out.len()], &mut out, |_, _| pages.clone());
            for (row, (out, q)) in out.chunks(head_dim).zip(q.chunks(head_dim)).enumerate() {
                let to = pos + row / g;
                let want = textbook(q, window.map_or(0, |n: usize| (to + 1).saturating_sub(n)), to, softcap);
                for (y, want) in out.iter().zip(want) {
                    assert!((f64::from(*y) - want).abs() < 1e-4, "{isa:?} {y} {want}");
                }
            }
            if plain.is_empty() {
                plain.clone_from(&out);
            }
            assert_eq!(plain, out, "{isa:?}: the same bits as scalar, alone");
        }
        for (row, alone) in plain.chunks(g * head_dim).enumerate() {
            let tile = Neighbours { first: 0, n: 1, pos: pos + row };
            let mut out = vec![0.0; g * head_dim];
            let q = &q[row * g * head_dim..][..g * head_dim];
            attention.run(Isa::best(), &mut Pool::new(1), &[tile], q, &mut out, |_, _| pages.clone());
            assert_eq!(alone, out, "the same alone as among neighbours");
        }
    }
}
