//! What is asked and answered: messages, deltas, usage, errors, and `Answerer`, the trait of all who answer.
//!
//! ```
//! let request: chat::ChatRequest =
//!     serde_json::from_str(r#"{"model": "m", "messages": [{"role": "user", "content": "hello"}], "temperature": 0}"#)?;
//! assert_eq!(request.messages[0].content.text(), "hello");
//! assert_eq!(request.options.temperature, Some(0.0));
//! # Ok::<(), serde_json::Error>(())
//! ```
pub mod error;
pub mod reply;
pub mod request;

pub use error::{Blame, Error, Kind};
pub use reply::{Answerer, BoxFuture, Delta, Deltas, Finish, Logprob, Reply, TokenLogprob, Usage};
pub use request::{ChatRequest, Content, Function, Guided, Message, Options, Part, Role, StreamOptions, ToolCall};
