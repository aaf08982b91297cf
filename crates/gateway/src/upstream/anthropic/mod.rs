//! Anthropic's Messages API: requests and answers translated both ways.
mod messages;
mod reader;
mod request;
mod schema;
mod tools;

pub(super) use reader::Reader;
pub(super) use request::ask;
