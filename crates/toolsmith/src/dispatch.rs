//! Stand-in until the real one is merged.
#![expect(missing_docs, reason = "a stand-in")]
use crate::Tool;
pub struct Index(Vec<(String, String, Vec<String>)>);
pub struct Match<'a> {
    pub tool: &'a str,
    pub score: f32,
}
pub struct Entry<'a>(&'a str, &'a Tool);
impl<'a> Entry<'a> {
    pub fn new(id: &'a str, tool: &'a Tool) -> Self {
        Self(id, tool)
    }
}
impl Index {
    pub fn new(tools: &[Entry<'_>], _: &[&str]) -> Self {
        let of = |Entry(id, t): &Entry<'_>| {
            ((*id).to_owned(), t.context.clone(), t.examples.iter().map(|e| e.text.clone()).collect())
        };
        Self(tools.iter().map(of).collect())
    }
    pub fn find(&self, context: &str, text: &str) -> Vec<Match<'_>> {
        let first = |t: &str| t.split_whitespace().next().unwrap_or("").to_owned();
        let fits = |c: &str, e: &[String]| c == context && e.iter().any(|e| first(e) == first(text));
        let fitting = self.0.iter().filter(|(_, c, e)| fits(c, e));
        fitting.map(|(tool, ..)| Match { tool, score: 1.0 }).collect()
    }
}
pub fn asked(request: &chat::ChatRequest) -> Option<(String, String)> {
    let message = request.messages.last()?;
    let format = serde_json::to_string(&request.options.guided).unwrap_or_default();
    (request.messages.len() == 1).then(|| (format, message.content.text()))
}
