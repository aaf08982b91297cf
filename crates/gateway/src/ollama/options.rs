//! What Ollama's requests for chats and for plain texts have in common: options, form, thought and the model's name.
use crate::{app::App, openai::body};
use chat::{ChatRequest, Error, Guided, Message, Options};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The options that mean the same here by the same name. All others tune what is tuned for the machine here.
const KNOWN: [&str; 9] = [
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "seed",
    "stop",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
];

/// The fields that both kinds of requests have.
#[derive(Deserialize)]
pub(super) struct Common {
    model: String,
    options: Option<Map<String, Value>>,
    #[serde(default)]
    format: Value,
    #[serde(default)]
    think: Value,
    stream: Option<bool>,
}

impl Common {
    /// Whether the answer is sent piece by piece, as it is unless the client says no.
    pub(super) fn is_streamed(&self) -> bool {
        self.stream != Some(false)
    }

    /// The model's name as it is known here.
    pub(super) fn model(&self, app: &App) -> String {
        model(app, &self.model)
    }

    /// The model's name as the client knows it.
    pub(super) fn asked_model(&self) -> &str {
        &self.model
    }

    /// The chat request of `messages`.
    pub(super) fn chat(&self, model: String, messages: Vec<Message>) -> Result<ChatRequest, Error> {
        let mut request = ChatRequest { model, messages, options: self.options()?, ..ChatRequest::default() };
        let mut think = |on: bool| {
            // for a model here, whose template may know it
            request.chat_template_kwargs = Some(Map::from_iter([("enable_thinking".to_owned(), on.into())]));
        };
        match &self.think {
            Value::Null => {}
            Value::Bool(on) => think(*on),
            Value::String(effort) if ["low", "medium", "high"].contains(&&**effort) => {
                think(true);
                request.more.insert("reasoning_effort".to_owned(), effort.as_str().into());
            }
            _ => return Err(Error::field("think", "true, false, `low`, `medium` or `high` expected")),
        }
        Ok(request)
    }

    fn options(&self) -> Result<Options, Error> {
        let known = self.options.iter().flatten().filter(|(name, _)| KNOWN.contains(&name.as_str()));
        let known: Map<String, Value> = known.map(|(name, value)| (name.clone(), value.clone())).collect();
        let options: Options = body::fields_at(&Value::Object(known), "options")?;
        Ok(Options {
            max_tokens: self.most()?,
            // below zero any seed will do
            seed: options.seed.filter(|seed| *seed >= 0),
            stream: self.stream,
            guided: Guided { response_format: response_format(&self.format)?, ..Guided::default() },
            ..options
        })
    }

    /// Zero and less are no limit but the context.
    fn most(&self) -> Result<Option<usize>, Error> {
        match self.options.as_ref().and_then(|options| options.get("num_predict")) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let most =
                    value.as_i64().ok_or_else(|| Error::field("options.num_predict", "a whole number expected"))?;
                Ok(usize::try_from(most).ok().filter(|most| *most > 0))
            }
        }
    }
}

/// The model `name` as it is known here: `latest` is what Ollama calls a model without a tag.
pub(super) fn model(app: &App, name: &str) -> String {
    match name.strip_suffix(":latest") {
        Some(bare) if app.config.routes.plan(&app.registry, name, None).is_err() => bare.to_owned(),
        _ => name.to_owned(),
    }
}

/// Clients load a model by asking it nothing: an error unless `model` may be asked something.
pub(super) fn check_loaded(app: &App, model: &str) -> Result<(), Error> {
    app.config.routes.plan(&app.registry, model, None)?.local(&app.registry).map(drop)
}

fn response_format(format: &Value) -> Result<Option<Value>, Error> {
    match format {
        Value::Null => Ok(None),
        Value::String(name) if name.is_empty() => Ok(None),
        Value::String(name) if name == "json" => Ok(Some(json!({ "type": "json_object" }))),
        Value::Object(_) => {
            Ok(Some(json!({ "type": "json_schema", "json_schema": { "name": "answer", "schema": format } })))
        }
        _ => Err(Error::field("format", "`json` or a JSON schema expected")),
    }
}

/// An image as a URL: Ollama's come as bare base64, whose first letters tell the kind.
pub(super) fn image_url(image: &str) -> String {
    if image.starts_with("data:") {
        return image.to_owned();
    }
    let kinds = [("iVBOR", "png"), ("R0lG", "gif"), ("UklGR", "webp")];
    let kind = kinds.iter().find(|(head, _)| image.starts_with(head)).map_or("jpeg", |(_, kind)| kind);
    format!("data:image/{kind};base64,{image}")
}
