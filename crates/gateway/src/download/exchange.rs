//! One question and its answer: redirects followed by hand, the token kept at home, the answer's head checked.
use super::{
    Failure, Kind, Mark, Wanted,
    failure::{innermost, is_certificate},
};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{self, HeaderMap},
};
use std::time::{Duration, SystemTime};

const MAX_REDIRECTS: usize = 10;

/// One download's address and client.
pub(super) struct Exchange<'a> {
    pub(super) client: Client,
    pub(super) wanted: &'a Wanted<'a>,
    pub(super) url: Url,
}

/// What the server has to say.
pub(super) enum Answer {
    /// All is held already.
    Whole(Mark),
    /// What is missing.
    Rest(Response, Mark),
    /// All from the start.
    Anew(Response, Mark),
    /// What is held cannot be continued.
    Stale(Failure),
}

/// An address that can be asked.
pub(super) fn parse(text: &str) -> Result<Url, Failure> {
    let bad = |why: &str| Failure::new(Kind::Input, format!("address `{text}`: {why}"));
    let url = Url::parse(text).map_err(|e| bad(&e.to_string()))?;
    match (url.scheme(), url.has_host()) {
        ("http" | "https", true) => Ok(url),
        _ => Err(bad("http:// or https:// expected")),
    }
}

/// Whether `url` is this machine.
pub(crate) fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

impl Exchange<'_> {
    /// Asks for what follows the `held` bytes that were begun under `mark`, or for all.
    pub(super) async fn run(&self, held: u64, mark: Option<&Mark>) -> Result<Answer, Failure> {
        if self.wanted.token.is_some() && self.url.scheme() != "https" && !is_here(&self.url) {
            let why = "a token is sent over https alone; use https, or leave the token out";
            return Err(Failure::new(Kind::Input, format!("{}: {why}", self.at())));
        }
        let mut url = self.url.clone();
        let mut resume = mark.filter(|m| m.etag.is_some());
        let mut seen = Mark { url: self.wanted.url.to_owned(), ..Mark::default() };
        for _ in 0..=MAX_REDIRECTS {
            let response = self.ask(&url, held, resume).await?;
            self.look(response.headers(), &mut seen)?;
            if let (Some(linked), Some(mark)) = (&seen.linked, mark) {
                // the hub knows the content by its hash: that decides, also where the sender gives no ETag
                resume = Some(mark).filter(|m| m.linked.as_ref() == Some(linked));
            }
            if !response.status().is_redirection() {
                return self.judge(response, held, resume, seen);
            }
            url = self.follow(&url, &response)?;
        }
        Err(Failure::new(Kind::Redirect, format!("{}: more than {MAX_REDIRECTS} redirects", self.at())))
    }

    async fn ask(&self, url: &Url, held: u64, resume: Option<&Mark>) -> Result<Response, Failure> {
        let mut request = self.client.get(url.clone()).header(header::ACCEPT_ENCODING, "identity");
        if let Some(mark) = resume {
            request = request.header(header::RANGE, format!("bytes={held}-"));
            if let Some(etag) = &mark.etag {
                request = request.header(header::IF_RANGE, etag);
            }
        }
        if let Some(token) = self.wanted.token.filter(|_| url.origin() == self.url.origin()) {
            request = request.bearer_auth(token);
        }
        request.send().await.map_err(|e| self.lost(e))
    }

    /// Notes what a hub says of the file behind its redirect.
    fn look(&self, headers: &HeaderMap, seen: &mut Mark) -> Result<(), Failure> {
        if let Some(linked) = text(headers, "x-linked-etag").map(|v| v.trim_matches('"').to_ascii_lowercase()) {
            let is_hash = linked.len() == 64 && linked.bytes().all(|b| b.is_ascii_hexdigit());
            match self.wanted.sha256 {
                Some(expected) if is_hash && !expected.eq_ignore_ascii_case(&linked) => {
                    let found = format!("SHA-256 {expected} expected, {linked} announced; it is another file");
                    return Err(Failure::new(Kind::Content, format!("{}: {found}", self.at())));
                }
                _ => seen.linked = Some(linked).filter(|_| is_hash),
            }
        }
        if let Some(n) = number(headers, "x-linked-size") {
            seen.n_bytes = Some(n);
            self.check_size(n)?;
        }
        Ok(())
    }

    fn follow(&self, from: &Url, response: &Response) -> Result<Url, Failure> {
        let refuse = |why: String| Err(Failure::new(Kind::Redirect, format!("{}: {why}", self.at())));
        let Some(location) = text(response.headers(), "location") else {
            return refuse(format!("answer {} without an address to go to", response.status()));
        };
        step(from, location).or_else(refuse)
    }

    fn judge(&self, response: Response, held: u64, resume: Option<&Mark>, mut seen: Mark) -> Result<Answer, Failure> {
        let headers = response.headers();
        let status = response.status();
        let after = retry_after(headers, SystemTime::now());
        if let Some(coding) = text(headers, "content-encoding").filter(|c| *c != "identity") {
            return Err(Failure::new(Kind::Content, format!("{}: plain bytes expected, {coding} sent", self.at())));
        }
        let etag = text(headers, "etag").filter(|v| v.starts_with('"')).map(str::to_owned);
        let range = text(headers, "content-range").and_then(content_range);
        match (status, resume) {
            (StatusCode::OK, _) => {
                let linked_size = seen.n_bytes;
                seen.n_bytes = response.content_length().or(linked_size);
                if let (Some(linked), Some(n)) = (linked_size, seen.n_bytes.filter(|n| Some(*n) != linked_size)) {
                    let sizes = format!("{linked} bytes announced by the hub, {n} by the sender");
                    return Err(Failure::new(Kind::Content, format!("{}: {sizes}", self.at())));
                }
                seen.n_bytes.map_or(Ok(()), |n| self.check_size(n))?;
                Ok(Answer::Anew(response, Mark { etag, ..seen }))
            }
            (StatusCode::PARTIAL_CONTENT, Some(mark)) => {
                let same = etag.is_none() || mark.etag.is_none() || etag == mark.etag;
                match range {
                    Some((Some(from), total)) if same && from == held && fits(mark, total) => {
                        let n_bytes = mark.n_bytes.or(total);
                        n_bytes.map_or(Ok(()), |n| self.check_size(n))?;
                        Ok(Answer::Rest(response, Mark { n_bytes, ..mark.clone() }))
                    }
                    _ => Ok(Answer::Stale(self.stale())),
                }
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(mark)) => match range {
                Some((None, Some(total))) if total == held && fits(mark, range.and_then(|r| r.1)) => {
                    Ok(Answer::Whole(mark.clone()))
                }
                _ => Ok(Answer::Stale(self.stale())),
            },
            _ => Err(Failure::status(&self.at(), status, words(headers).as_deref(), after)),
        }
    }

    fn check_size(&self, n_bytes: u64) -> Result<(), Failure> {
        match self.wanted.n_bytes {
            Some(expected) if expected != n_bytes => Err(self.wrong_size(n_bytes)),
            _ if n_bytes > self.wanted.max_bytes => {
                let room = format!("{n_bytes} bytes announced, and there is room for {}", self.wanted.max_bytes);
                Err(Failure::new(Kind::Disk, format!("{}: {room}; free some of the disk", self.at())))
            }
            _ => Ok(()),
        }
    }

    /// The address without what may be secret in it.
    fn at(&self) -> String {
        let host = self.url.host_str().unwrap_or("");
        let port = self.url.port().map(|p| format!(":{p}")).unwrap_or_default();
        format!("{}://{host}{port}{}", self.url.scheme(), self.url.path())
    }

    fn stale(&self) -> Failure {
        let what = "what was fetched before cannot be continued; beginning anew";
        Failure { after: Some(Duration::ZERO), ..Failure::again(Kind::Network, format!("{}: {what}", self.at())) }
    }

    /// The connection could not be made, or broke.
    pub(super) fn lost(&self, error: reqwest::Error) -> Failure {
        let certificate = is_certificate(&error);
        let why = if error.is_timeout() { "no answer in time".to_owned() } else { innermost(&error.without_url()) };
        Failure { retry: !certificate, ..Failure::again(Kind::Network, format!("{}: {why}", self.at())) }
    }

    pub(super) fn cut(&self, at: u64, total: u64) -> Failure {
        Failure::again(Kind::Network, format!("{}: cut at {at} of {total} bytes", self.at()))
    }

    pub(super) fn wrong_size(&self, found: u64) -> Failure {
        let expected = self.wanted.n_bytes.unwrap_or(0);
        let what = format!("{expected} bytes expected, {found} found; it is another file");
        Failure::new(Kind::Content, format!("{}: {what}", self.at()))
    }

    pub(super) fn too_long(&self, limit: u64) -> Failure {
        Failure::new(Kind::Content, format!("{}: at most {limit} bytes expected, more sent", self.at()))
    }

    pub(super) fn not_the_file(&self, head: &[u8], kind: &str) -> Failure {
        let (magic, head) = (String::from_utf8_lossy(self.wanted.magic), &head[..head.len().min(24)]);
        let what = format!("a file that begins with `{magic}` expected, {kind} found that begins with");
        let hint = if kind.contains("html") { "; this is a page: give the address of the file itself" } else { "" };
        Failure::new(Kind::Content, format!("{}: {what} {:?}{hint}", self.at(), String::from_utf8_lossy(head)))
    }
}

/// Where `location` leads from `from`, if that may be followed.
fn step(from: &Url, location: &str) -> Result<Url, String> {
    match from.join(location) {
        Ok(to) if to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http") => Ok(to),
        Ok(to) => Err(format!("a redirect from {} to {} is not followed", from.scheme(), to.scheme())),
        Err(e) => Err(format!("a redirect that is no address ({e})")),
    }
}

fn fits(mark: &Mark, total: Option<u64>) -> bool {
    mark.n_bytes.is_none() || total.is_none() || mark.n_bytes == total
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

/// A hub's own words for an error, cut to a line.
fn words(headers: &HeaderMap) -> Option<String> {
    let words: String = text(headers, "x-error-message")?.chars().filter(|c| !c.is_control()).take(200).collect();
    Some(words).filter(|w| !w.is_empty())
}

/// `bytes FROM-TO/TOTAL`, where TOTAL may be `*`, or `bytes */TOTAL`, as (FROM, TOTAL).
fn content_range(value: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    let from = if range == "*" { None } else { Some(range.split_once('-')?.0.parse().ok()?) };
    Some((from, total))
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = text(headers, "retry-after")?;
    let date = || httpdate::parse_http_date(value).ok().map(|date| date.duration_since(now).unwrap_or_default());
    value.parse().ok().map(Duration::from_secs).or_else(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_gives_up_tls() {
        let from = Url::parse("https://hub.example/a/file").expect("an address");
        assert_eq!(step(&from, "../b").expect("a step").as_str(), "https://hub.example/b");
        assert!(step(&from, "//cdn.example/x").is_ok_and(|to| to.scheme() == "https"));
        assert!(step(&from, "http://hub.example/a/file").is_err_and(|e| e.contains("from https to http")));
    }

    #[test]
    fn a_date_to_come_back_is_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_767);
        let after = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", value.parse().expect("a value"));
            retry_after(&headers, now)
        };
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("soon"), None);
    }
}
