//! Chat templates: renders the Jinja template inside a model file as the transformers library does.
mod arguments;
mod bounds;
mod clock;
mod filters;
mod format;
mod globals;
mod guarded;
mod json;
mod messages;
mod methods;
mod objects;
mod operators;
mod predicates;
mod python;
mod rewrite;
mod sequences;
mod source;
mod spec;
mod strings;

pub use clock::seconds;

use crate::{Error, Kind};
use minijinja::{Environment, Value, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

const NAME: &str = "chat_template";
/// Steps after which a template that does not end is stopped.
const FUEL: u64 = 5_000_000;
/// Longest template; those in use have up to 30 kB.
const MAX_SOURCE: usize = 128 << 10;

/// A compiled chat template.
pub struct Template {
    jinja: Environment<'static>,
}

/// What a template is given beside the messages.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Ask for the start of the assistant's turn.
    pub add_generation_prompt: bool,
    /// Text of the BOS token, empty when there is none.
    pub bos_token: String,
    /// Text of the EOS token, empty when there is none.
    pub eos_token: String,
    /// Seconds since 1970 (UTC) that `strftime_now` sees.
    pub now: i64,
}

impl Template {
    /// Compiles `source`.
    ///
    /// # Errors
    /// Format, with the place of the fault.
    pub fn new(source: &str) -> Result<Self, Error> {
        if source.len() > MAX_SOURCE {
            let message = format!("chat template: at most {MAX_SOURCE} bytes expected, {} found", source.len());
            return Err(Error::format(message));
        }
        bounds::with_deep_stack(|| Self::compile(source))?
    }

    fn compile(source: &str) -> Result<Self, Error> {
        let mut jinja = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        jinja.set_syntax(syntax.map_err(|e| Error::new(Kind::Internal, describe(&e)))?);
        jinja.set_fuel(Some(FUEL));
        jinja.set_recursion_limit(100);
        jinja.set_unknown_method_callback(methods::call);
        jinja.set_formatter(|out, _, value| {
            let text = python::text(value);
            bounds::count(text.len())?;
            out.write_str(&text).map_err(minijinja::Error::from)
        });
        filters::add(&mut jinja);
        sequences::add(&mut jinja);
        predicates::add(&mut jinja);
        globals::add(&mut jinja);
        operators::add(&mut jinja);
        // what could not be read with functions for operators is read without them, and then tells what is wrong
        jinja
            .add_template_owned(NAME, source::prepare(source, true))
            .or_else(|_| jinja.add_template_owned(NAME, source::prepare(source, false)))
            .map_err(|e| Error::format(format!("chat template: {}", describe(&e))))?;
        Ok(Self { jinja })
    }

    /// Whether `letters` stand in the source.
    pub fn says(&self, letters: &str) -> bool {
        self.jinja.get_template(NAME).is_ok_and(|template| template.source().contains(letters))
    }

    /// Renders `context`: a map that holds `messages` and may hold `tools`, `documents` and any further variables.
    ///
    /// # Errors
    /// Input, when the template refuses the messages (`raise_exception`) or they lack what it needs.
    pub fn render(&self, context: impl Serialize, settings: &Settings) -> Result<String, Error> {
        let context = Value::from(Serde(context));
        bounds::with_deep_stack(|| self.render_value(&context, settings))?
    }

    fn render_value(&self, given: &Value, settings: &Settings) -> Result<String, Error> {
        let mut context: Vec<(Arc<str>, Value)> = vec![
            ("tools".into(), Value::from(())),
            ("documents".into(), Value::from(())),
            ("add_generation_prompt".into(), settings.add_generation_prompt.into()),
        ];
        for (name, text) in [("bos_token", &settings.bos_token), ("eos_token", &settings.eos_token)] {
            if !text.is_empty() {
                context.push((name.into(), text.into()));
            }
        }
        let now = settings.now;
        let strftime_now = move |format: &str| clock::strftime(now, format);
        context.push(("strftime_now".into(), Value::from_function(strftime_now)));
        let fault = |e| Error::new(Kind::Input, format!("chat template: {}", describe(&e)));
        for key in given.try_iter().into_iter().flatten() {
            let value = given.get_item(&key).unwrap_or_default();
            let Some(name) = key.to_str() else { continue };
            let value = messages::prepare(&name, &value).map_err(fault)?;
            context.push((name, objects::adopt(value, 0)));
        }
        let context = Value::from(context.into_iter().collect::<BTreeMap<_, _>>());
        let mut out = bounds::Output::default();
        self.jinja.get_template(NAME).and_then(|t| t.render_captured_to(context, &mut out).map(drop)).map_err(fault)?;
        out.into_text().map_err(fault)
    }
}

fn describe(error: &minijinja::Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    error.line().map_or_else(|| what.clone(), |line| format!("{what} (line {line})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn renders_and_refuses() {
        let source = "{% for m in messages %}\n  {%- if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}\
                      <|{{ m.role }}|>{{ m.content.strip() }}\n{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}";
        let template = Template::new(source).unwrap();
        let settings = Settings { add_generation_prompt: true, ..Settings::default() };
        let ask =
            |role: &str| template.render(context! { messages => [context! { role, content => " x " }] }, &settings);
        assert_eq!(ask("user").unwrap(), "<|user|>x\n<|a|>");
        let error = ask("tool").unwrap_err();
        assert_eq!(error.kind, Kind::Input);
        assert!(error.message.contains("no tools"), "{error}");
        assert_eq!(Template::new("{% if %}").err().map(|e| e.kind), Some(Kind::Format));
    }
}
