//! `POST /api/embed`.
use super::{options::model, reply::nanos};
use crate::{
    app::Shared,
    exchange::Context,
    openai::{Failure, body, embeddings},
};
use axum::{
    Json,
    extract::{Request, State},
};
use chat::Error;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Instant;

#[derive(Deserialize)]
struct Asked {
    model: String,
    #[serde(default)]
    input: Value,
    dimensions: Option<Value>,
}

pub(super) async fn create(
    State(app): State<Shared>,
    context: Context,
    request: Request,
) -> Result<Json<Value>, Failure> {
    let begun = Instant::now();
    let asked: Asked = body::fields(&body::read(request, &app.config).await?)?;
    if asked.dimensions.is_some() {
        return Err(Error::field("dimensions", "vectors are not shortened here, leave it out").into());
    }
    let (vectors, usage) = embeddings::vectors(&app, &context, &model(&app, &asked.model), &asked.input).await?;
    Ok(Json(json!({
        "model": asked.model,
        "embeddings": vectors,
        "total_duration": nanos(begun.elapsed()),
        "load_duration": 0,
        "prompt_eval_count": usage.prompt_tokens,
    })))
}
