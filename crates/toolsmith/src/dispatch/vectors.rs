//! What finding and calibrating need of vectors, whatever they are made of.

/// A text as a vector, or a sum of such.
pub(super) trait Vector: Clone + Default {
    /// The sum of both.
    fn plus(&self, other: &Self) -> Self;
    /// The sum of products.
    fn dot(&self, other: &Self) -> f32;
    /// The middle of the texts whose sum this is, of length 1.
    fn prototype(self) -> Self;
    /// What two texts share that these vectors do not tell apart.
    fn key(&self) -> Vec<(u32, u32)>;

    /// The Euclidean length.
    fn norm(&self) -> f32 {
        self.dot(self).sqrt()
    }
}

/// How texts become comparable, learned of all texts that are known.
pub(super) trait Measure {
    /// What a text is.
    type Vector: Vector;
    /// Many of them.
    type Rows: Rows<Vector = Self::Vector>;
    /// No bar is lower: what is less like a tool's examples is not asked of it, whatever they are.
    const FLOOR: f32;
    /// Where a bar stands between the nearest text that is not for a tool, 0, and the farthest that is, 1.
    const BETWEEN: f32;

    /// `text` as it is compared: of length 1.
    fn vector(&self, text: &Self::Vector) -> Self::Vector;
    /// `vectors` of length 1, against which texts are held.
    fn rows(&self, vectors: &[Self::Vector]) -> Self::Rows;
}

/// Vectors against all of which a text is held at once.
pub(super) trait Rows {
    /// What a text is, as it came.
    type Vector;

    /// The cosines of `text` to each.
    fn cosines(&self, text: &Self::Vector) -> Vec<f32>;
}
