//! What quality costs: scores over the share of requests that go to the large model, and what of the gap is recovered.

/// One request: the higher the rank, the sooner it is sent to the large model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// What the router says.
    pub rank: f64,
    /// The small model's score.
    pub small: f64,
    /// The large model's score.
    pub large: f64,
}

/// A share of large calls, and the mean score that comes with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Of all requests, those that go to the large model, in 0..=1.
    pub share: f64,
    /// Mean score of all requests.
    pub score: f64,
}

/// The curve of one router over all its bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// From nothing to everything to the large model. Between two points requests of equal rank are mixed at random.
    pub points: Vec<Point>,
}

impl Frontier {
    /// The curve of `rows`; nothing if there are none, or if one is no number.
    pub fn of(rows: &[Row]) -> Option<Self> {
        if rows.is_empty() || rows.iter().any(|r| !(r.rank + r.small + r.large).is_finite()) {
            return None;
        }
        let mut sorted = rows.to_vec();
        sorted.sort_by(|a, b| b.rank.total_cmp(&a.rank));
        let n = sorted.len() as f64;
        let mut total: f64 = sorted.iter().map(|r| r.small).sum();
        let mut points = vec![Point { share: 0.0, score: total / n }];
        let mut sent = 0;
        for equal in sorted.chunk_by(|a, b| a.rank == b.rank) {
            sent += equal.len();
            total += equal.iter().map(|r| r.large - r.small).sum::<f64>();
            points.push(Point { share: sent as f64 / n, score: total / n });
        }
        Some(Self { points })
    }

    /// The curve of one who knows both scores: the best that any router could reach.
    pub fn oracle(rows: &[Row]) -> Option<Self> {
        Self::of(&rows.iter().map(|r| Row { rank: r.large - r.small, ..*r }).collect::<Vec<_>>())
    }

    /// Mean score with nothing sent to the large model, and with everything.
    pub fn ends(&self) -> (f64, f64) {
        (self.points.first().map_or(0.0, |p| p.score), self.points.last().map_or(0.0, |p| p.score))
    }

    /// Average performance gap recovered: the area under (score - small) / (large - small) over the share of large
    /// calls (Ong et al. 2024, "RouteLLM: Learning to route LLMs with preference data", section 2.2). Mixing at random gives
    /// 0.5. Nothing where the large model is no better.
    pub fn apgr(&self) -> Option<f64> {
        let area =
            self.points.array_windows().map(|[a, b]| (b.share - a.share) * f64::midpoint(a.score, b.score)).sum();
        self.recovered(area)
    }

    /// Call-performance threshold (same source): the least share of large calls that recovers `part` of the gap; 0.5
    /// for CPT(50 %).
    pub fn cpt(&self, part: f64) -> Option<f64> {
        let (small, large) = self.ends();
        self.recovered(large)?;
        let goal = small + part * (large - small);
        if goal <= small {
            return Some(0.0);
        }
        let [a, b] = self.points.array_windows().find(|[_, b]| b.score >= goal - 1e-12)?;
        Some(a.share + (b.share - a.share) * ((goal - a.score) / (b.score - a.score)).clamp(0.0, 1.0))
    }

    /// The score at a share of large calls.
    pub fn at(&self, share: f64) -> f64 {
        let (small, large) = self.ends();
        let between = self.points.array_windows().find(|[a, b]| a.share <= share && share <= b.share);
        between.map_or(if share < 0.5 { small } else { large }, |[a, b]| {
            a.score + (b.score - a.score) * (share - a.share) / (b.share - a.share)
        })
    }

    fn recovered(&self, score: f64) -> Option<f64> {
        let (small, large) = self.ends();
        (large - small > 1e-12).then(|| (score - small) / (large - small))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(all: &[(f64, f64, f64)]) -> Vec<Row> {
        all.iter().map(|&(rank, small, large)| Row { rank, small, large }).collect()
    }

    #[test]
    fn a_curve_counted_by_hand() {
        let curve = Frontier::of(&rows(&[(1.0, 0.0, 0.0), (4.0, 0.0, 1.0), (2.0, 1.0, 1.0), (3.0, 0.0, 1.0)])).unwrap();
        // recovered after 0, 1, .. 4 large calls: 0, 1/2, 1, 1, 1
        assert_eq!(curve.points.iter().map(|p| p.score).collect::<Vec<_>>(), [0.25, 0.5, 0.75, 0.75, 0.75]);
        assert_eq!((curve.apgr(), curve.cpt(0.5)), (Some(0.75), Some(0.25)));
        assert!((curve.cpt(0.8).unwrap() - 0.4).abs() < 1e-12);
        assert_eq!((curve.at(0.125), curve.at(1.0), curve.at(7.0)), (0.375, 0.75, 0.75));
    }

    #[test]
    fn equal_ranks_are_mixed_at_random() {
        let same: Vec<Row> = (0..100).map(|i| Row { rank: 1.0, small: f64::from(i % 2), large: 1.0 }).collect();
        let curve = Frontier::of(&same).unwrap();
        assert_eq!((curve.apgr(), curve.cpt(0.5), curve.cpt(0.8)), (Some(0.5), Some(0.5), Some(0.8)));
        // half of the requests hold the whole gap: 1/4 + 1/2 of the area
        let oracle = Frontier::oracle(&same).unwrap();
        assert_eq!((oracle.apgr(), oracle.cpt(0.5)), (Some(0.75), Some(0.25)));
    }

    #[test]
    fn sending_what_only_the_small_model_knows_costs_and_keeping_it_pays() {
        let curve =
            Frontier::oracle(&rows(&[(0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 1.0, 1.0)])).unwrap();
        // recovered: 0, 1, 2, 2, 1
        assert_eq!((curve.apgr(), curve.cpt(1.0)), (Some(1.375), Some(0.25)));
    }

    #[test]
    fn without_a_gap_nothing_can_be_recovered() {
        let none = Frontier::of(&rows(&[(1.0, 1.0, 1.0), (2.0, 0.0, 0.0)])).unwrap();
        assert_eq!((none.apgr(), none.cpt(0.5)), (None, None));
        assert_eq!(Frontier::of(&[]), None);
        assert_eq!(Frontier::of(&rows(&[(f64::NAN, 0.0, 1.0)])), None);
    }
}
