//! The table `[tools]`: who makes tools, what that may cost a day, and who lets them answer.
use super::{Config, value::Value};
use gateway::{Target, ToolPolicy, Who};
use toolsmith::{Fault, Limits, Sandbox};

/// As the file has it.
pub(crate) struct Tools {
    /// `UPSTREAM/MODEL`.
    pub(super) maker: Option<String>,
    /// `UPSTREAM/MODEL` for second programs, or `none`; without a word, the maker.
    pub(super) second_maker: Option<String>,
    /// Micro-USD a day for making.
    pub(super) budget: i64,
    pub(super) approve: Who,
    pub(super) workers: usize,
    pub(super) small_extracts: bool,
    /// A model here, or `UPSTREAM/MODEL`.
    pub(super) embedder: Option<String>,
}

impl Default for Tools {
    fn default() -> Self {
        let ToolPolicy { budget, approve, small_extracts, .. } = ToolPolicy::default();
        Self { maker: None, second_maker: None, budget, approve, workers: 2, small_extracts, embedder: None }
    }
}

impl Config {
    /// What tools may do by themselves, and what making them may cost; without the embedder.
    ///
    /// # Errors
    /// If a maker is no model elsewhere.
    pub(crate) fn tool_policy(&self) -> Result<ToolPolicy, String> {
        let Tools { budget, approve, small_extracts, .. } = self.tools;
        let target = |key: &str, name: &Option<String>| {
            let name = name.as_ref().map(|name| self.elsewhere.away(name));
            name.transpose().map_err(|fault| self.about(key, &fault))
        };
        let maker = target("tools.maker", &self.tools.maker)?;
        let second = match &self.tools.second_maker {
            Some(none) if none == "none" => None,
            None => maker.clone(),
            said => target("tools.second_maker", said)?,
        };
        Ok(ToolPolicy { maker, second, budget, approve, small_extracts, embedder: None })
    }

    /// The model by whose vectors tools are found, where `here` is the one that is served here.
    ///
    /// # Errors
    /// If it is neither that nor one elsewhere.
    pub(crate) fn embedder(&self, here: Option<&str>) -> Result<Option<Target>, String> {
        let target =
            |name: &String| self.elsewhere.target(name, here).map_err(|fault| self.about("tools.embedder", &fault));
        self.tools.embedder.as_ref().map(target).transpose()
    }

    /// Workers of this program that run tools.
    ///
    /// # Errors
    /// Where this system does not protect itself from them.
    pub(crate) async fn sandbox(&self) -> Result<Sandbox, Fault> {
        Sandbox::open(crate::sandbox::worker(), self.tools.workers, Limits::default()).await
    }
}

/// Who makes a tool active once it is proven.
pub(super) fn approve(value: &Value) -> Result<Who, String> {
    match value.text()? {
        "auto" => Ok(Who::Kinglet),
        "human" => Ok(Who::Human),
        _ => Err(format!("\"auto\" or \"human\" expected, {value} found")),
    }
}

pub(super) fn show_approve(who: Who) -> &'static str {
    match who {
        Who::Kinglet => "auto",
        Who::Human => "human",
    }
}
