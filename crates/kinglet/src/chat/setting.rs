//! What `/set` knows: each setting with its reader and its default.
use super::transcript::Transcript;
use ::chat::Options;
use std::{fmt::Display, str::FromStr};

/// One setting.
struct Setting {
    name: &'static str,
    about: &'static str,
    set: fn(&mut Options, Option<&str>) -> Result<(), String>,
    show: fn(&Options) -> Option<String>,
}

/// A number field of the options.
macro_rules! number {
    ($name:literal, $field:ident, $about:literal) => {
        Setting {
            name: $name,
            about: $about,
            set: |o, text| text.map(|t| read($name, t)).transpose().map(|n| o.$field = n.or(defaults().$field)),
            show: |o| o.$field.map(|n| n.to_string()),
        }
    };
}

const SETTINGS: &[Setting] = &[
    number!("temperature", temperature, "0 takes the likeliest token each time; up to 2"),
    number!("top_k", top_k, "choose among the k likeliest; 0: all"),
    number!("top_p", top_p, "choose among the likeliest that make up this share; 1: all"),
    number!("min_p", min_p, "leave out what is less likely than this share of the likeliest; 0: nothing"),
    number!("repeat_penalty", repetition_penalty, "above 1 avoids what was said; 1: off"),
    number!("presence_penalty", presence_penalty, "above 0 avoids tokens already in the answer; -2 to 2"),
    number!("frequency_penalty", frequency_penalty, "the same, the more the more often; -2 to 2"),
    number!("seed", seed, "the same seed gives the same answer"),
    Setting {
        name: "max_tokens",
        about: "most tokens of an answer",
        set: |o, text| {
            let n = text.map(|t| read::<std::num::NonZeroUsize>("max_tokens", t)).transpose()?;
            o.max_tokens = n.map(Into::into).or(defaults().max_tokens);
            Ok(())
        },
        show: |o| o.max_tokens.map(|n| n.to_string()),
    },
    Setting {
        name: "stop",
        about: "a text that ends the answer, or a JSON list of them",
        set: |o, text| text.map_or_else(|| Ok(Vec::new()), stops).map(|stops| o.stop = stops),
        show: |o| (!o.stop.is_empty()).then(|| serde_json::json!(o.stop).to_string()),
    },
];

/// How a chat begins: lively, but with the long tail of unlikely tokens cut off, in which small models lose themselves;
/// and no answer goes on without end.
pub(super) fn defaults() -> Options {
    Options {
        temperature: Some(0.7),
        top_p: Some(0.95),
        min_p: Some(0.05),
        repetition_penalty: Some(1.1),
        max_tokens: Some(1024),
        ..Options::default()
    }
}

/// Gives the setting `name` a value. Ranges are checked by whoever answers.
pub(super) fn set(transcript: &mut Transcript, name: &str, value: &str) -> Result<(), String> {
    let value = Some(value).filter(|value| *value != "default");
    if name == "system" {
        transcript.set_system(value.map(str::to_owned));
        return Ok(());
    }
    (find(name)?.set)(&mut transcript.request.options, value)
}

/// The setting `name` and its value.
pub(super) fn show(transcript: &Transcript, name: &str) -> Result<String, String> {
    let value = match name {
        "system" => transcript.system().map(str::to_owned),
        _ => (find(name)?.show)(&transcript.request.options),
    };
    Ok(format!("{name} {}", value.unwrap_or_else(|| "none".to_owned())))
}

/// All settings, a line for each.
pub(super) fn list(transcript: &Transcript) -> String {
    let line = |name: &str, value: Option<String>, about: &str| {
        format!("{name:<18} {:<12} {about}\n", value.unwrap_or_else(|| "-".to_owned()))
    };
    let lines = SETTINGS.iter().map(|s| line(s.name, (s.show)(&transcript.request.options), s.about));
    let system = transcript.system().map(|_| "given".to_owned());
    lines.chain([line("system", system, "instructions for the model; /system shows them")]).collect()
}

fn find(name: &str) -> Result<&'static Setting, String> {
    let same = |s: &&Setting| s.name == name || (s.name == "repeat_penalty" && name == "repetition_penalty");
    SETTINGS.iter().find(same).ok_or_else(|| {
        let names: Vec<_> = SETTINGS.iter().map(|s| s.name).collect();
        format!("there is no setting `{name}`; there are {} and system", names.join(", "))
    })
}

fn read<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|e| format!("{name}: a number expected, `{text}` found ({e})"))
}

/// One text as it is, or in JSON's quotes; or a JSON list.
fn stops(text: &str) -> Result<Vec<String>, String> {
    let fault = |e| format!("stop: a text or a JSON list of texts expected, `{text}` found ({e})");
    match text.as_bytes().first() {
        Some(b'[') => serde_json::from_str(text).map_err(fault),
        Some(b'"') => serde_json::from_str(text).map(|text| vec![text]).map_err(fault),
        _ => Ok(vec![text.to_owned()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_shown_and_taken_back() {
        let mut t = Transcript::new("m");
        t.request.options = defaults();
        let values = [
            ("temperature", "0.25"),
            ("top_k", "40"),
            ("seed", "-7"),
            ("max_tokens", "5"),
            ("repetition_penalty", "2"),
        ];
        for (name, value) in values {
            set(&mut t, name, value).expect(name);
            assert_eq!(show(&t, name), Ok(format!("{name} {value}")));
        }
        assert_eq!((t.request.options.repetition_penalty, t.request.options.top_k), (Some(2.0), Some(40)));
        set(&mut t, "stop", r#""a\n""#).expect("one text");
        assert_eq!(t.request.options.stop, ["a\n"]);
        set(&mut t, "system", "be brief").expect("a text");
        assert!(list(&t).contains("0.25") && t.system() == Some("be brief"));
        for name in ["temperature", "top_k", "seed", "max_tokens", "repeat_penalty", "stop", "system"] {
            set(&mut t, name, "default").expect(name);
        }
        assert_eq!((t.request.options.clone(), t.system()), (defaults(), None));
        for (name, value) in
            [("temperature", "warm"), ("max_tokens", "0"), ("top_k", "1.5"), ("stop", "[1]"), ("x", "1")]
        {
            assert!(set(&mut t, name, value).is_err(), "{name} {value}");
        }
    }
}
