//! A load on a server: clients that ask at once, and how fast its answers came.
use super::{
    Args,
    numbers::{median, percentile},
};
use crate::out;
use gateway::load::{Fault, Heard, Server};
use serde_json::{Value, json};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Words that are one token each to most tokenizers.
const WORDS: [&str; 64] = [
    "time",
    "people",
    "way",
    "day",
    "man",
    "thing",
    "woman",
    "life",
    "child",
    "world",
    "school",
    "state",
    "family",
    "student",
    "group",
    "country",
    "problem",
    "hand",
    "part",
    "place",
    "case",
    "week",
    "company",
    "system",
    "program",
    "question",
    "work",
    "government",
    "number",
    "night",
    "point",
    "home",
    "water",
    "room",
    "mother",
    "area",
    "money",
    "story",
    "fact",
    "month",
    "lot",
    "right",
    "study",
    "book",
    "eye",
    "job",
    "word",
    "business",
    "issue",
    "side",
    "kind",
    "head",
    "house",
    "service",
    "friend",
    "father",
    "power",
    "hour",
    "game",
    "line",
    "end",
    "member",
    "law",
    "car",
];

/// The load of `--url`.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Clients that ask at once.
    #[arg(long, default_value_t = 16, requires = "url", value_parser = clap::value_parser!(u32).range(1..=1024))]
    clients: u32,
    /// Requests of each client, one after the other.
    #[arg(long, default_value_t = 2, requires = "url", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    requests: u32,
    /// Tokens of each prompt.
    #[arg(long, default_value_t = 217, requires = "url", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    prompt_tokens: u32,
    /// Tokens of a system prompt that all share.
    #[arg(long, default_value_t = 0, requires = "url", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    shared_tokens: u32,
    /// Tokens of each answer.
    #[arg(long, default_value_t = 64, requires = "url", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_tokens: u32,
    /// The model to ask for [default: the first that the server names].
    #[arg(long, requires = "url")]
    served: Option<String>,
}

/// A load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) n_clients: usize,
    /// Requests of each client.
    pub(super) n_requests: usize,
    /// Tokens of each prompt, the template's included.
    pub(super) n_prompt: usize,
    /// Tokens of a system prompt that all have in common.
    pub(super) n_shared: usize,
    pub(super) n_answer: usize,
    /// Whether the model chats; else it goes on with texts.
    pub(super) chats: bool,
    /// Prompts of another seed begin otherwise, so that no cache helps from one run to the next.
    pub(super) seed: u64,
}

/// What came of a load.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    answers: Vec<Heard>,
    pub(super) faults: Vec<String>,
    seconds: f64,
}

impl Load {
    /// Puts it on `server`.
    pub(super) async fn run(&self, server: &Server, model: &str) -> Result<Outcome, Fault> {
        let n_words = self.n_words(server, model).await?;
        let shared = (self.n_shared > 0).then(|| words(self.n_shared, self.seed.wrapping_add(1 << 32)));
        let (started, mut clients) = (Instant::now(), JoinSet::new());
        for client in 0..self.n_clients {
            let (server, bodies) = (server.clone(), self.bodies(model, shared.as_deref(), n_words, client));
            clients.spawn(async move {
                let mut told = Vec::new();
                for body in bodies {
                    told.push(server.listen(&body).await);
                }
                told
            });
        }
        let mut outcome = Outcome::default();
        while let Some(told) = clients.join_next().await {
            for told in told.unwrap_or_default() {
                match told {
                    Ok(heard) => outcome.answers.push(heard),
                    Err(fault) => outcome.faults.push(fault.to_string()),
                }
            }
        }
        outcome.seconds = started.elapsed().as_secs_f64();
        Ok(outcome)
    }

    /// Words of each question: behind what is shared as many as it has tokens, else so many that they and the template's
    /// own tokens are what is asked for, by the server's count of a short prompt.
    async fn n_words(&self, server: &Server, model: &str) -> Result<usize, Fault> {
        const SHORT: usize = 16;
        if self.n_shared > 0 {
            return Ok(self.n_prompt);
        }
        let short = self.request(model, None, &words(SHORT, self.seed ^ u64::MAX), 1);
        let counted = server.ask(&short).await?["usage"]["prompt_tokens"].as_u64().unwrap_or(SHORT as u64);
        Ok((self.n_prompt + SHORT).saturating_sub(usize::try_from(counted).unwrap_or(SHORT)).max(1))
    }

    /// The requests of one client, no two alike.
    fn bodies(&self, model: &str, shared: Option<&str>, n_words: usize, client: usize) -> Vec<Value> {
        let body = |request: usize| {
            let seed = self.seed.wrapping_add((client * self.n_requests + request) as u64 + 1);
            let mut body = self.request(model, shared, &words(n_words, seed), self.n_answer);
            body["stream"] = json!(true);
            body["stream_options"] = json!({ "include_usage": true });
            body
        };
        (0..self.n_requests).map(body).collect()
    }

    /// A request of one question, that goes on to `n_answer` tokens.
    fn request(&self, model: &str, system: Option<&str>, question: &str, n_answer: usize) -> Value {
        let mut body = json!({ "model": model, "max_tokens": n_answer, "temperature": 0, "ignore_eos": true });
        if self.chats {
            let system = system.map(|text| json!({ "role": "system", "content": text }));
            let question = json!({ "role": "user", "content": question });
            body["messages"] = system.into_iter().chain([question]).collect();
        } else {
            body["prompt"] = system.into_iter().chain([question]).collect::<Vec<_>>().join(" ").into();
        }
        body
    }
}

impl Outcome {
    /// Tokens of all answers over the time of all.
    pub(super) fn rate(&self) -> f64 {
        self.answers.iter().map(|a| a.n_answer).sum::<u64>() as f64 / self.seconds
    }

    /// Milliseconds until the first token.
    pub(super) fn first(&self, percent: usize) -> f64 {
        percentile(&mut self.answers.iter().filter_map(Heard::first).map(millis).collect::<Vec<_>>(), percent)
    }

    /// Milliseconds between tokens.
    fn gap(&self, percent: usize) -> f64 {
        percentile(&mut self.answers.iter().flat_map(Heard::gaps).map(millis).collect::<Vec<_>>(), percent)
    }

    /// Median tokens of prompts.
    pub(super) fn n_prompt(&self) -> f64 {
        median(&mut self.answers.iter().map(|a| a.n_prompt as f64).collect::<Vec<_>>())
    }

    fn report(&self, load: &Load, url: &str, model: &str) -> Value {
        json!({
            "url": url, "model": model, "clients": load.n_clients, "requests": load.n_clients * load.n_requests,
            "prompt_tokens": self.n_prompt(), "seconds": self.seconds, "answers": self.answers.len(),
            "output_tokens_per_second": self.rate(),
            "first_token_ms": { "p50": self.first(50), "p95": self.first(95) },
            "between_tokens_ms": { "p50": self.gap(50), "p95": self.gap(95) },
            "errors": self.faults,
        })
    }

    fn show(&self, load: &Load, url: &str, model: &str) -> String {
        let mut text = format!(
            "{model} at {url}: {} clients, {} requests of {:.0} tokens in {:.2} s\n\n\
             output                {:>9.1} tokens/s\n\
             first token           {:>9.1} ms p50 {:>9.1} ms p95\n\
             between tokens        {:>9.1} ms p50 {:>9.1} ms p95\n\
             errors                {:>9}\n",
            load.n_clients,
            load.n_clients * load.n_requests,
            self.n_prompt(),
            self.seconds,
            self.rate(),
            self.first(50),
            self.first(95),
            self.gap(50),
            self.gap(95),
            self.faults.len(),
        );
        if let Some(fault) = self.faults.first() {
            let _ = writeln!(text, "the first: {fault}");
        }
        text
    }
}

/// Puts the load of `args` on the server at `url`, and prints what came of it.
pub(super) fn alone(url: &str, args: &Args) -> Result<(), String> {
    let server = Server::new(url, args.key.as_deref(), args.timeout())?;
    let options = &args.load;
    let load = Load {
        n_clients: options.clients as usize,
        n_requests: options.requests as usize,
        n_prompt: options.prompt_tokens as usize,
        n_shared: options.shared_tokens as usize,
        n_answer: options.max_tokens as usize,
        chats: true,
        seed: super::record::now(),
    };
    let run = async {
        let named = match &options.served {
            Some(name) => Ok(name.clone()),
            None => server.model().await,
        };
        let model = named?;
        Ok((load.run(&server, &model).await?, model))
    };
    let (outcome, model) = super::versus::bounded(run, args.timeout(), |e: Fault| format!("{url}: {e}"))?;
    if outcome.answers.is_empty() {
        let why = outcome.faults.first().map_or("no answer", String::as_str);
        return Err(format!("{url}: all {} requests failed: {why}", outcome.faults.len()));
    }
    match args.json {
        true => out::print(&format!("{}\n", outcome.report(&load, url, &model))),
        false => out::print(&outcome.show(&load, url, &model)),
    }
}

/// `n` words that follow from `seed`.
pub(super) fn words(n: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut word = || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        WORDS[(state >> 40) as usize % WORDS.len()]
    };
    (0..n).map(|_| word()).collect::<Vec<_>>().join(" ")
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(asked: Instant, pieces: &[u64], n_answer: u64) -> Heard {
        let at = |ms: &u64| asked + Duration::from_millis(*ms);
        Heard {
            asked,
            pieces: pieces.iter().map(at).collect(),
            ended: asked + Duration::from_millis(100),
            text: String::new(),
            finish: None,
            n_prompt: 217,
            n_answer,
        }
    }

    #[test]
    fn an_outcome_is_counted() {
        let now = Instant::now();
        let answers = vec![heard(now, &[10, 15, 40], 3), heard(now, &[30, 31], 2), heard(now, &[], 0)];
        let outcome = Outcome { answers, faults: vec!["gone".to_owned()], seconds: 0.5 };
        assert!((outcome.rate() - 10.0).abs() < 1e-9);
        assert_eq!((outcome.first(0), outcome.first(95)), (10.0, 30.0));
        assert_eq!((outcome.gap(0), outcome.gap(50), outcome.gap(95)), (1.0, 5.0, 25.0));
        let load = Load { n_clients: 2, n_requests: 2, n_prompt: 217, n_shared: 0, n_answer: 3, chats: true, seed: 1 };
        let shown = outcome.show(&load, "http://here/v1", "small");
        assert!(shown.contains("10.0 tokens/s") && shown.ends_with("the first: gone\n"), "{shown}");
        assert_eq!(outcome.report(&load, "", "")["first_token_ms"]["p50"], 30.0);
        assert_eq!(Outcome::default().first(50), 0.0);
    }

    #[test]
    fn prompts_are_distinct_and_shared_parts_are_not() {
        let load = Load { n_clients: 3, n_requests: 4, n_prompt: 50, n_shared: 0, n_answer: 3, chats: true, seed: 7 };
        let all: Vec<_> = (0..3).flat_map(|client| load.bodies("m", Some("alike"), 40, client)).collect();
        let texts: std::collections::HashSet<_> = all.iter().map(|b| b["messages"][1]["content"].to_string()).collect();
        assert_eq!((all.len(), texts.len()), (12, 12));
        assert!(all.iter().all(|b| b["messages"][0]["content"] == "alike" && b["ignore_eos"] == true));
        let first: std::collections::HashSet<_> = (0..16).map(|s| words(2, s)).collect();
        assert!(first.len() > 12, "prompts differ from their first words on: {first:?}");
        assert_eq!((words(3, 5), words(3, 5).split(' ').count()), (words(3, 5), 3));
    }
}
