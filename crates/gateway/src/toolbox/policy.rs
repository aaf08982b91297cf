//! What tools may do without a human, and what making them may cost.
use crate::Target;

/// Who makes a proven tool active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// Kinglet itself, as soon as it is proven.
    Kinglet,
    /// A human.
    #[default]
    Human,
}

/// The operator's word on tools.
#[derive(Clone)]
pub struct ToolPolicy {
    /// The model that writes tools; none: they are made by hand or elsewhere.
    pub maker: Option<Target>,
    /// The model that writes their second programs; none: a tool has one program.
    pub second: Option<Target>,
    /// Micro-USD a day (UTC) for making.
    pub budget: i64,
    /// Who makes a proven tool active.
    pub approve: Who,
    /// Whether the small model may extract arguments where a tool's own code does not understand a request of its kind.
    pub small_extracts: bool,
    /// The model that makes vectors of texts, by which tools are found where words find none.
    pub embedder: Option<Target>,
}

impl Default for ToolPolicy {
    fn default() -> Self {
        Self {
            maker: None,
            second: None,
            budget: 1_000_000,
            approve: Who::default(),
            small_extracts: false,
            embedder: None,
        }
    }
}

impl ToolPolicy {
    /// Who writes a tool: a model for each of its programs.
    pub fn makers(&self) -> Vec<&Target> {
        self.maker.iter().chain(&self.second).collect()
    }
}
