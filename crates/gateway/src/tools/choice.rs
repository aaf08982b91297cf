//! What a request says of its calls: `tool_choice`, in every form that OpenAI's APIs know.
use chat::Error;
use serde_json::Value;

/// Whether and what the model is to call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    None,
    Auto,
    Required,
    /// This one, once.
    Named(String),
}

impl Choice {
    /// The choice, and the names that it is limited to; `Auto` where there is none.
    pub(crate) fn read(value: Option<&Value>) -> Result<(Self, Option<Vec<String>>), Error> {
        let value = value.unwrap_or(&Value::Null);
        match value {
            Value::Null => Ok((Self::Auto, None)),
            Value::String(_) => Ok((Self::mode(value)?, None)),
            _ if value["type"] == "function" => Ok((Self::Named(name(value).ok_or_else(wrong)?), None)),
            _ if value["type"] == "allowed_tools" => {
                let inner = value.get("allowed_tools").unwrap_or(value);
                let names: Option<Vec<_>> = inner["tools"].as_array().ok_or_else(wrong)?.iter().map(name).collect();
                match Self::mode(&inner["mode"])? {
                    Self::None => Err(wrong()),
                    mode => Ok((mode, Some(names.ok_or_else(wrong)?))),
                }
            }
            _ => Err(wrong()),
        }
    }

    fn mode(value: &Value) -> Result<Self, Error> {
        match value.as_str() {
            Some("none") => Ok(Self::None),
            Some("auto") => Ok(Self::Auto),
            Some("required") => Ok(Self::Required),
            _ => Err(wrong()),
        }
    }

    /// Whether a call must be made.
    pub(crate) fn is_forced(&self) -> bool {
        matches!(self, Self::Required | Self::Named(_))
    }
}

/// The function's name, which the newer API has beside the type.
fn name(value: &Value) -> Option<String> {
    value["function"]["name"].as_str().or_else(|| value["name"].as_str()).map(str::to_owned)
}

fn wrong() -> Error {
    Error::field("tool_choice", "`none`, `auto`, `required`, a function or `allowed_tools` expected")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_legal_form_is_read_and_no_other() {
        let (a, names) = (
            || Choice::Named("a".to_owned()),
            |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()),
        );
        for (value, read) in [
            (json!(null), (Choice::Auto, None)),
            (json!("none"), (Choice::None, None)),
            (json!("auto"), (Choice::Auto, None)),
            (json!("required"), (Choice::Required, None)),
            (json!({ "type": "function", "function": { "name": "a" } }), (a(), None)),
            (json!({ "type": "function", "name": "a" }), (a(), None)),
            (
                json!({ "type": "allowed_tools", "mode": "auto", "tools": [{ "type": "function", "name": "a" }] }),
                (Choice::Auto, names(&["a"])),
            ),
            (
                json!({ "type": "allowed_tools", "allowed_tools": { "mode": "required",
                        "tools": [{ "type": "function", "function": { "name": "a" } }] } }),
                (Choice::Required, names(&["a"])),
            ),
        ] {
            assert_eq!(Choice::read(Some(&value)), Ok(read), "{value}");
        }
        assert_eq!(Choice::read(None), Ok((Choice::Auto, None)));
        for wrong in [
            json!("any"),
            json!(1),
            json!({}),
            json!({ "type": "function" }),
            json!({ "type": "allowed_tools", "mode": "auto" }),
            json!({ "type": "allowed_tools", "mode": "none", "tools": [] }),
            json!({ "type": "allowed_tools", "mode": "auto", "tools": [{}] }),
        ] {
            let error = Choice::read(Some(&wrong)).expect_err("not a choice");
            assert_eq!(error.param.as_deref(), Some("tool_choice"), "{wrong}");
        }
    }
}
