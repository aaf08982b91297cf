//! One request under a promise: whether the small model is asked, whether its answer is given, and what is audited of it.
use super::keep::{InForce, Keeper};
use crate::{app::Shared, cascade::Choices, exchange::Context};
use chat::{ChatRequest, Delta, Error, Finish};
use futures_util::{StreamExt, stream};
use ledger::Audit;
use router::{
    life::{CHECKPOINTS, Policy},
    signals::{Answer, Prompt, Signals, Source, Token},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A request as it is kept until its answers are compared.
#[derive(Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) request: ChatRequest,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) more: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<String>,
}

/// What the small model said, and what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) signals: Signals,
}

/// A request under a promise.
pub(crate) struct Watch {
    in_force: Arc<InForce>,
    route: String,
    /// What is known so far.
    signals: Signals,
    /// What is to be compared of it, until the books have it.
    audit: Option<Audit>,
    /// Whether the small model's answer is given, and what it said: of one that is compared.
    said: Option<(bool, String)>,
    is_audited: bool,
}

/// Why the small model's answer is not given.
pub(crate) struct Declined {
    /// In a word, for traces.
    pub(crate) name: &'static str,
    pub(crate) why: String,
}

impl Watch {
    /// Looks at a `request` of `keeper`'s route. Chance alone decides whether it is audited.
    pub(crate) fn new(app: &Shared, keeper: &Keeper, context: &Context, request: &ChatRequest) -> Self {
        let in_force = keeper.in_force_now(app);
        let signals = Signals { prompt: Prompt::read(request, context.tag.as_deref()), answer: None };
        let audit = in_force.audits().then(|| {
            let asked = Asked { request: request.clone(), more: request.more.clone(), tag: context.tag.clone() };
            Audit {
                route: keeper.route().to_owned(),
                setting: in_force.setting.clone(),
                trace: context.id.clone(),
                conversation: conversation(context, request),
                version: in_force.policy.as_ref().map_or(0, |policy| i64::from(policy.version)),
                request: serde_json::to_string(&asked).unwrap_or_default(),
                ..Audit::default()
            }
        });
        let is_audited = audit.is_some();
        Self { in_force, route: keeper.route().to_owned(), signals, audit, said: None, is_audited }
    }

    /// Nothing is answered here, nor compared.
    pub(crate) fn never(self) -> Self {
        Self { in_force: Arc::default(), audit: None, is_audited: false, ..self }
    }

    /// Whether the small model is to be asked.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn tries(&self) -> Result<(), Declined> {
        let Some(policy) = &self.in_force.policy else {
            let why = format!("nothing is certified yet on route `{}`", self.route);
            return Err(Declined { name: "not_certified", why });
        };
        match policy.tries(&self.signals.prompt) {
            (true, _) => Ok(()),
            (false, score) => {
                let why = format!("its answer is not expected to be accepted: the request scores {score:.3}");
                Err(Declined { name: "pre_gate", why })
            }
        }
    }

    /// The small model's whole answer, and how often such answers are as good as the large model's, if it is to be given.
    ///
    /// # Errors
    /// The model's own, or why it is declined. An answer that gets hopeless on the way is not waited for.
    pub(crate) async fn hear(
        &mut self,
        request: &ChatRequest,
        mut deltas: Choices,
        tokens_asked: Option<usize>,
    ) -> Result<Result<(Choices, f64), Declined>, Error> {
        let Some(policy) = self.in_force.policy.clone() else {
            return Ok(self.tries().map(|()| (deltas, 0.0)));
        };
        // the model is at the prompt meanwhile: when its answer ends, nothing of the request is left to be read
        let source = Source::read(request);
        let (mut all, mut heard) = (Vec::new(), Heard::default());
        while let Some((idx, delta)) = deltas.next().await {
            let mut delta = delta?;
            heard.hear(&mut delta, tokens_asked);
            all.push((idx, Ok(delta)));
            if let Some(declined) = self.hopeless(&policy, &mut heard) {
                return Ok(Err(declined));
            }
        }
        self.signals.answer = Some(heard.answer(&source));
        let (is_accepted, score) = policy.accepts(&self.signals);
        if self.is_audited {
            let said = Said { text: heard.text, signals: self.signals.clone() };
            let said = serde_json::to_string(&said).ok();
            self.said = said.map(|said| (is_accepted, said));
        }
        if is_accepted {
            return Ok(Ok((stream::iter(all).boxed(), policy.confidence(score))));
        }
        let why = format!("its answer scores {score:.3}, at least {:.3} is certified", policy.bar);
        Ok(Err(Declined { name: "below_bar", why }))
    }

    /// Whether the answer so far cannot be expected to be accepted.
    fn hopeless(&mut self, policy: &Policy, heard: &mut Heard) -> Option<Declined> {
        let at = CHECKPOINTS.into_iter().rfind(|at| (heard.looked_at + 1..=heard.tokens.len()).contains(at))?;
        heard.looked_at = at;
        // as it is cut when it is learned from: by tokens alone
        self.signals.answer = Some(Answer::begun(heard.tokens.get(..at)?));
        let score = policy.is_hopeless(&self.signals, at)?;
        let why = format!("its answer scores {score:.3} after {at} tokens, which is never accepted");
        Some(Declined { name: "stopped_early", why })
    }

    /// What is to be compared of it, once.
    pub(crate) fn audit(&mut self) -> Option<Audit> {
        self.audit.take()
    }

    /// Whether the small model's answer is given, and what it said, if it is to be compared and was heard to its end.
    pub(crate) fn said(&mut self) -> Option<(bool, String)> {
        self.said.take()
    }
}

/// What was heard of an answer.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) text: String,
    tokens: Vec<Token>,
    finish: Option<Finish>,
    looked_at: usize,
}

impl Heard {
    /// Hears a piece, and leaves of its tokens what was asked for: `tokens_asked` of the likeliest, or nothing.
    pub(crate) fn hear(&mut self, delta: &mut Delta, tokens_asked: Option<usize>) {
        delta.say(&mut self.text);
        match delta {
            Delta::Text { logprobs, .. } => {
                self.tokens.extend(logprobs.iter().map(Token::of));
                match tokens_asked {
                    None => logprobs.clear(),
                    Some(n) => logprobs.iter_mut().for_each(|token| token.top_logprobs.truncate(n)),
                }
            }
            Delta::Finish(finish) => self.finish = Some(*finish),
            Delta::ToolCall { .. } | Delta::Reasoning(_) | Delta::Usage(_) => {}
        }
    }

    /// What is known of the answer.
    pub(crate) fn answer(&self, source: &Source) -> Answer {
        Answer::against(source, &self.text, &self.tokens, self.finish)
    }
}

/// What conversation a request is part of: all that begin alike, for the same key, are one.
pub(crate) fn conversation(context: &Context, request: &ChatRequest) -> i64 {
    let mut hash = Sha256::new();
    hash.update(context.key.as_ref().map(|key| key.id.clone()).unwrap_or_default());
    let first = request.messages.iter().position(|message| message.role == chat::Role::User);
    for message in request.messages.iter().take(first.map_or(usize::MAX, |first| first + 1)) {
        hash.update([0]);
        hash.update(message.role.name());
        hash.update(message.content.text().as_bytes());
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0i64, |number, byte| number << 8 | i64::from(*byte))
}
