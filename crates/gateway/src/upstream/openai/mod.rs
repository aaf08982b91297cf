//! OpenAI's Chat Completions, as OpenAI and most others speak it.
mod reader;
mod request;

pub(super) use reader::{read, whole};
pub(super) use request::ask;
