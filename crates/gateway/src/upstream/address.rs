//! Where an upstream is asked: its address, by what the operator wrote, never by what a client sends.
use super::settings::{Api, Settings};
use crate::download::is_here;
use reqwest::Url;
use std::{fmt::Write, net::IpAddr};

/// The version of Azure's API where the address names none: the last that was dated.
const AZURE_VERSION: &str = "api-version=2024-10-21";
/// Stands for the model's name in a path.
const MODEL: &str = "{model}";

/// The address of an API.
#[derive(Debug)]
pub(super) struct Address {
    base: Url,
    /// Below which the routes are, [`MODEL`] perhaps among it.
    path: String,
}

impl Address {
    /// Checks the address in `settings`.
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let mut base = Url::parse(&settings.url).map_err(|e| format!("an address expected: {e}"))?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err("http:// or https:// expected".to_owned());
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err("a name or password in the address would be shown; give it as key or header".to_owned());
        }
        let sends_secrets = settings.key.is_some() || !settings.headers.is_empty();
        if sends_secrets && base.scheme() == "http" && !settings.plain_http && !is_near(&base) {
            return Err("keys are sent over https alone, or within the local network; use https".to_owned());
        }
        base.set_fragment(None);
        // the braces as `Url` writes them
        let mut path = base.path().trim_end_matches('/').replace("%7Bmodel%7D", MODEL);
        match settings.api {
            Api::OpenAi => {}
            Api::Azure => {
                let undated = path.ends_with("/v1");
                if !undated && !path.contains(MODEL) {
                    path.push_str("/openai/deployments/{model}");
                }
                if !undated && !base.query_pairs().any(|(name, _)| name == "api-version") {
                    let query = base.query().map_or(AZURE_VERSION.to_owned(), |q| format!("{q}&{AZURE_VERSION}"));
                    base.set_query(Some(&query));
                }
            }
            Api::Anthropic if path.ends_with("/v1") => {}
            Api::Anthropic => path.push_str("/v1"),
        }
        Ok(Self { base, path })
    }

    /// The address of `route` for `model`.
    pub(super) fn of(&self, route: &str, model: &str) -> Result<Url, String> {
        let mut url = self.base.clone();
        if self.path.contains(MODEL) && model.bytes().all(|b| b == b'.') {
            return Err(format!("a model's name expected, `{model}` found"));
        }
        url.set_path(&format!("{}/{route}", self.path.replace(MODEL, &segment(model))));
        Ok(url)
    }

    /// Host and port, for errors: the rest may be secret.
    pub(super) fn host(&self) -> String {
        let port = self.base.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.base.host_str().unwrap_or_default())
    }

    /// Whether it is this machine.
    pub(super) fn is_here(&self) -> bool {
        is_here(&self.base)
    }
}

/// `text` as one segment of a path, which it cannot leave.
fn segment(text: &str) -> String {
    let mut segment = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            let _ = write!(segment, "%{byte:02X}"); // a `String` takes it
        }
    }
    segment
}

/// Whether `url` is in the local network: by its address, or as a name without a domain, which no other network knows.
fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => !host.contains('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::Secret;

    fn url(api: Api, base: &str, model: &str) -> String {
        let address = Address::new(&Settings::new("up", api, base)).expect("an address");
        address.of("chat/completions", model).expect("an address").to_string()
    }

    #[test]
    fn addresses_are_as_each_api_has_them() {
        assert_eq!(url(Api::OpenAi, "https://a.example/v1/", "m"), "https://a.example/v1/chat/completions");
        let deployment = "https://r.example/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21";
        assert_eq!(url(Api::Azure, "https://r.example", "gpt-4o"), deployment);
        let dated = "https://r.example/x/m%2Fn/chat/completions?api-version=1";
        assert_eq!(url(Api::Azure, "https://r.example/x/{model}?api-version=1", "m/n"), dated);
        assert_eq!(url(Api::Azure, "https://r.example/openai/v1", "m"), "https://r.example/openai/v1/chat/completions");
        for base in ["https://api.anthropic.com", "https://api.anthropic.com/v1"] {
            let address = Address::new(&Settings::new("up", Api::Anthropic, base)).expect("an address");
            assert_eq!(address.of("messages", "m").expect("one").as_str(), "https://api.anthropic.com/v1/messages");
        }
    }

    #[test]
    fn a_model_cannot_leave_its_segment() {
        let base = "https://a.example/d/{model}";
        let evil = url(Api::OpenAi, base, "../../x?y#z@b.example/%2e%2e");
        assert_eq!(evil, "https://a.example/d/..%2F..%2Fx%3Fy%23z%40b.example%2F%252e%252e/chat/completions");
        let address = Address::new(&Settings::new("up", Api::OpenAi, base)).expect("an address");
        for dots in ["", ".", "..", "..."] {
            assert!(address.of("chat/completions", dots).is_err(), "{dots:?}");
        }
    }

    #[test]
    fn keys_stay_out_of_open_networks() {
        let with_key = |url: &str| {
            let key = Some(Secret::new("sk-1"));
            Address::new(&Settings { key, ..Settings::new("up", Api::OpenAi, url) })
        };
        for near in ["http://localhost:8000/v1", "http://10.0.0.7/v1", "http://vllm:8000", "http://[::1]/v1"] {
            assert!(with_key(near).is_ok(), "{near}");
        }
        for bad in ["http://a.example/v1", "http://8.8.8.8", "ftp://a.example", "a.example", "https://me:pw@a.example"]
        {
            assert!(with_key(bad).is_err(), "{bad}");
        }
    }
}
