//! Asks an engine that runs a model made for the test, and gathers what it says.
use crate::{plain::Spec, writer::Meta};
use engine::{Engine, Event, Finish, Limits, Listener, LoadOptions, Model, Request, Usage, gguf::Gguf};
use std::sync::{Arc, mpsc};

/// An engine for `spec`, with a context of `limits.n_ctx`.
pub(crate) fn engine(spec: &Spec, limits: Limits) -> Engine {
    let mut file = spec.file();
    file.set(&format!("{}.context_length", spec.family), Meta::from(limits.n_ctx as u32));
    let file = Gguf::from_bytes(file.bytes()).expect("a good file");
    let model = Model::load(&file, &LoadOptions { n_threads: Some(1) }).expect("a good model");
    Engine::start(Arc::new(model), limits).expect("an engine")
}

/// A token of prompt or answer, the bits of its log-probability, and the same of the likeliest tokens.
type Info = (u32, Option<u32>, Vec<(u32, u32)>);

/// All that was said of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub text: String,
    pub infos: Vec<Info>,
    pub embedding: Vec<u32>,
    pub finish: Option<Finish>,
    pub n_generated: usize,
}

struct Ear(usize, mpsc::Sender<(usize, Event)>);

impl Listener for Ear {
    fn hear(&mut self, event: Event) {
        self.1.send((self.0, event)).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}

/// Asks all of `requests` at once; gives what came, in order, with the request's number.
pub(crate) fn events(engine: &Engine, requests: Vec<Request>) -> mpsc::Receiver<(usize, Event)> {
    let (sender, receiver) = mpsc::channel();
    let jobs = requests.into_iter().enumerate();
    let jobs = jobs.map(|(i, request)| (request, Box::new(Ear(i, sender.clone())) as Box<dyn Listener>));
    engine.submit_all(jobs.collect()).expect("a place in the queue");
    receiver
}

/// Asks all of `requests` at once; gives their answers in that order.
pub(crate) fn ask_all(engine: &Engine, requests: Vec<Request>) -> Vec<(Answer, Usage)> {
    let mut answers = vec![(Answer::default(), Usage::default()); requests.len()];
    for (i, event) in events(engine, requests) {
        let (answer, told) = &mut answers[i];
        match event {
            Event::Text { text, tokens } => {
                answer.text.push_str(&text);
                tokens.iter().for_each(|t| answer.add(t));
            }
            Event::Prompt(tokens) => tokens.iter().for_each(|t| answer.add(t)),
            Event::Embedding(vector) => answer.embedding = vector.iter().map(|x| x.to_bits()).collect(),
            Event::Done { finish, usage } => {
                (answer.finish, answer.n_generated, *told) = (Some(finish), usage.n_generated, usage);
            }
            Event::Failed(error) => unreachable!("{error}"),
        }
    }
    assert!(answers.iter().all(|(answer, _)| answer.finish.is_some()), "every answer ends");
    answers
}

/// Asks `request`, alone.
pub(crate) fn ask(engine: &Engine, request: Request) -> (Answer, Usage) {
    ask_all(engine, vec![request]).remove(0)
}

impl Answer {
    fn add(&mut self, info: &engine::TokenInfo) {
        let top = info.top.iter().map(|(id, p)| (*id, p.to_bits())).collect();
        self.infos.push((info.id, info.logprob.map(f32::to_bits), top));
    }
}
