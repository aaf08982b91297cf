//! `POST /v1/embeddings`.
use super::{
    Failure, body,
    prompt::{self, Prompt},
};
use crate::{
    Local,
    account::Asked,
    app::Shared,
    exchange::{self, Context, Total},
    local::{aside, merge, room, submit, used},
    telemetry::Call,
};
use axum::{
    Json,
    extract::{Request, State},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chat::{Error, Kind, Usage};
use engine::{Event, Want};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
struct EmbeddingRequest {
    model: String,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    encoding_format: Option<Format>,
    #[serde(default)]
    dimensions: Option<Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Float,
    Base64,
}

pub(super) async fn create(
    State(app): State<Shared>,
    context: Context,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let body = body::read(request, &app.config).await?;
    let request: EmbeddingRequest = body::fields(&body)?;
    if request.dimensions.is_some() {
        return Err(Error::field("dimensions", "vectors are not shortened here, leave it out").into());
    }
    let (vectors, usage) = vectors(&app, &context, &request.model, &request.input).await?;
    let data: Vec<_> = vectors
        .iter()
        .map(|vector| encode(vector, request.encoding_format))
        .enumerate()
        .map(|(idx, vector)| json!({ "object": "embedding", "index": idx, "embedding": vector }))
        .collect();
    let n_tokens = usage.prompt_tokens;
    let usage = json!({ "prompt_tokens": n_tokens, "total_tokens": n_tokens });
    Ok(Json(json!({ "object": "list", "data": data, "model": request.model, "usage": usage })))
}

/// The vector of each text in `input`, and what they took.
///
/// # Errors
/// Input, naming the field `input`; whatever keeps `model` from it.
pub(crate) async fn vectors(
    app: &Shared,
    context: &Context,
    model: &str,
    input: &Value,
) -> Result<(Vec<Vec<f32>>, Usage), Error> {
    let call = Call { operation: "embeddings", max_tokens: None, temperature: None };
    let asked = Asked { model: model.to_owned(), text: input.to_string(), most_output: 0, call };
    let open = exchange::open(app, context, asked).await?;
    let (step, local) = match open.local(app) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let body = json!({ "input": input, "encoding_format": "float" });
            return elsewhere(&open.forward(app, "embeddings", model, &body).await?.1);
        }
        Err(error) => return Err(open.fail(error, Vec::new()).await),
    };
    let (n_inputs, events) = match begin(app, &local, model, input).await {
        Ok(begun) => begun,
        Err(error) => return Err(open.fail(error, Vec::new()).await),
    };
    let passing = open.answered(app, &step, n_inputs, None, Vec::new());
    let (mut events, mut total) = (passing.watch(events, exchange::look), Total::of(n_inputs));
    let mut vectors = vec![Vec::new(); n_inputs];
    while let Some((idx, event)) = events.next().await {
        match event? {
            Event::Embedding(vector) => vectors[idx] = vector,
            Event::Done { usage, .. } => total.add(used(usage)),
            _ => {}
        }
    }
    Ok((vectors, total.usage))
}

/// The vectors of a reply from elsewhere, in the order of their numbers.
pub(crate) fn elsewhere(reply: &Value) -> Result<(Vec<Vec<f32>>, Usage), Error> {
    let vector = |item: &Value| -> Option<Vec<f32>> {
        item["embedding"].as_array()?.iter().map(|x| x.as_f64().map(|x| x as f32)).collect()
    };
    let mut items: Vec<&Value> = reply["data"].as_array().into_iter().flatten().collect();
    items.sort_by_key(|item| item["index"].as_u64());
    let vectors: Option<Vec<_>> = items.into_iter().map(vector).collect();
    let broken = || Error::new(Kind::Upstream, "an upstream's embeddings: lists of numbers expected, others found");
    let vectors = vectors.filter(|vectors| !vectors.is_empty()).ok_or_else(broken)?;
    let n_tokens = reply["usage"]["prompt_tokens"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    Ok((vectors, Usage { prompt_tokens: n_tokens, ..Usage::default() }))
}

/// How many vectors, and what comes of them.
async fn begin(
    app: &Shared,
    local: &Arc<dyn Local>,
    model: &str,
    input: &Value,
) -> Result<(usize, impl Stream<Item = (usize, Result<Event, Error>)> + use<>), Error> {
    let inputs = prompt::read(input, "input", local.n_vocab())?;
    let (n_inputs, here) = (inputs.len(), local.clone());
    let requests = aside(move || requests(&*here, &inputs)).await?;
    Ok((n_inputs, merge(submit(&**local, requests, &app.metrics, model)?)))
}

fn requests(local: &dyn Local, inputs: &[Prompt]) -> Result<Vec<engine::Request>, Error> {
    let one = |(i, input): (usize, &Prompt)| {
        let prompt = input.encode(local);
        let place = if inputs.len() == 1 { "input".to_owned() } else { format!("input[{i}]") };
        room(local, prompt.len(), None).map_err(|e| e.about(place))?;
        Ok(embedding(prompt))
    };
    inputs.iter().enumerate().map(one).collect()
}

fn embedding(prompt: Vec<u32>) -> engine::Request {
    engine::Request::new(prompt, Want::Embedding)
}

fn encode(vector: &[f32], format: Option<Format>) -> Value {
    match format.unwrap_or(Format::Float) {
        Format::Float => json!(vector),
        Format::Base64 => {
            let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
            STANDARD.encode(bytes).into()
        }
    }
}
