//! `POST /api/generate`.
use super::{
    options::{Common, check_loaded, image_url},
    reply::{Kind, Teller},
};
use crate::{
    app::Shared,
    exchange::{self, Context},
    openai::{Failure, body},
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use chat::{ChatRequest, Content, Error, Message, Part, Role};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Asked {
    prompt: Option<String>,
    system: Option<String>,
    raw: Option<bool>,
    images: Option<Vec<String>>,
    suffix: Option<String>,
    template: Option<String>,
    context: Option<Vec<Value>>,
}

pub(super) async fn create(State(app): State<Shared>, context: Context, request: Request) -> Result<Response, Failure> {
    let body = body::read(request, &app.config).await?;
    let (common, asked): (Common, Asked) = (body::fields(&body)?, body::fields(&body)?);
    asked.check()?;
    let teller = Teller::new(Kind::Generate, common.asked_model());
    let model = common.model(&app);
    if !is_given(asked.prompt.as_deref()) && !asked.has_images() {
        check_loaded(&app, &model)?;
        return Ok(Json(teller.loaded()).into_response());
    }
    let raw = asked.raw == Some(true);
    let request = ChatRequest { raw, ..common.chat(model, asked.messages())? };
    let answering = exchange::ask(&app, context, request, 1).await?;
    teller.tell(answering, common.is_streamed()).await
}

impl Asked {
    fn check(&self) -> Result<(), Error> {
        if is_given(self.suffix.as_deref()) {
            return Err(Error::field("suffix", "text is only continued here, not inserted"));
        }
        if is_given(self.template.as_deref()) {
            return Err(Error::field(
                "template",
                "the model's own is used; with `raw` the prompt is taken as it stands",
            ));
        }
        if self.context.as_ref().is_some_and(|context| !context.is_empty()) {
            return Err(Error::field("context", "conversations are not kept as tokens here, use /api/chat"));
        }
        if self.raw == Some(true) && (is_given(self.system.as_deref()) || self.has_images()) {
            return Err(Error::field("raw", "goes with a prompt alone, without `system` and `images`"));
        }
        Ok(())
    }

    fn has_images(&self) -> bool {
        self.images.as_ref().is_some_and(|images| !images.is_empty())
    }

    fn messages(self) -> Vec<Message> {
        let system = self.system.filter(|text| !text.is_empty());
        let system = system.map(|text| Message::new(Role::System, Content::Text(text)));
        let mut parts = vec![Part::of_text(self.prompt.unwrap_or_default())];
        parts.extend(self.images.iter().flatten().map(|image| Part::of_image(image_url(image))));
        system.into_iter().chain([Message::new(Role::User, Content::of(parts))]).collect()
    }
}

fn is_given(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}
