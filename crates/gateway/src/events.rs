//! Reads server-sent events from bytes that may be cut anywhere.
//!
//! Format: <https://html.spec.whatwg.org/multipage/server-sent-events.html>, of which only `data` is kept.

/// Longest event: far more than a token's chunk, and less than would fill memory.
const MAX_EVENT: usize = 16 << 20;

/// The events of one stream.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// The data of the event that is not complete yet.
    data: Option<String>,
    /// A carriage return ended the last line: a line feed after it belongs to it.
    after_return: bool,
}

impl Events {
    /// Adds the data of all events that `bytes` complete to `complete`.
    ///
    /// # Errors
    /// When a line is no UTF-8, or an event does not end; the events before it are in `complete`.
    pub(crate) fn push(&mut self, bytes: &[u8], complete: &mut Vec<String>) -> Result<(), String> {
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => complete.extend(self.end_line()?),
                byte => self.line.push(*byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > MAX_EVENT {
                return Err(format!("an event of at most {} MiB expected, a longer one found", MAX_EVENT >> 20));
            }
        }
        Ok(())
    }

    /// No bytes follow: the event that nothing ended. Bytes that are cut inside a letter are left out of it.
    pub(crate) fn end(&mut self) -> Option<String> {
        let line = String::from_utf8_lossy(&self.line).trim_end_matches('\u{fffd}').to_owned();
        self.line = line.into_bytes();
        let ended = if self.line.is_empty() { None } else { self.end_line().ok().flatten() };
        ended.or_else(|| self.data.take())
    }

    /// Takes the line; an empty one ends the event.
    fn end_line(&mut self) -> Result<Option<String>, String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(self.data.take());
        }
        let line = String::from_utf8(line).map_err(|e| format!("an event in UTF-8 expected: {e}"))?;
        let line = line.trim_start_matches('\u{feff}'); // a mark that a stream may begin with
        if let Some(data) = line.strip_prefix("data:") {
            let data = data.strip_prefix(' ').unwrap_or(data);
            match &mut self.data {
                Some(before) => {
                    before.push('\n');
                    before.push_str(data);
                }
                None => self.data = Some(data.to_owned()),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        ": hello\r\ndata: {\"a\":\"ü\"}\r\n\r\nevent: x\ndata:one\ndata: two\n\nid: 1\n\ndata: [DONE]\r\rdata: cut";

    #[test]
    fn events_are_the_same_wherever_they_are_cut() {
        let bytes = STREAM.as_bytes();
        for i in 0..bytes.len() {
            for j in [i, (i + 1).min(bytes.len()), (i + 7).min(bytes.len())] {
                let mut events = Events::default();
                let mut found = Vec::new();
                for part in [&bytes[..i], &bytes[i..j], &bytes[j..]] {
                    events.push(part, &mut found).expect("well formed");
                }
                assert_eq!(found, ["{\"a\":\"ü\"}", "one\ntwo", "[DONE]"], "cut at {i} and {j}");
            }
        }
    }

    #[test]
    fn what_nothing_ended_is_read_at_the_end() {
        let end = |bytes: &[u8]| {
            let (mut events, mut found) = (Events::default(), Vec::new());
            events.push(bytes, &mut found).expect("well formed");
            (found, events.end())
        };
        assert_eq!(end(STREAM.as_bytes()).1.as_deref(), Some("cut"));
        assert_eq!(end(b"data: a\n").1.as_deref(), Some("a"));
        assert_eq!(end(b"data: a\ndata: b\xc3").1.as_deref(), Some("a\nb"));
        assert_eq!(end(b"data: a\n\n"), (vec!["a".to_owned()], None));
        assert_eq!(end("\u{feff}data: a\n\n: said\n".as_bytes()), (vec!["a".to_owned()], None));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        let mut found = Vec::new();
        assert!(Events::default().push(b"data: fine\n\ndata: \xff\n", &mut found).is_err());
        assert_eq!(found, ["fine"]);
        let mut endless = Events::default();
        let piece = [b'x'; 1 << 20];
        assert!((0..20).any(|_| endless.push(&piece, &mut found).is_err()));
        let mut endless = Events::default();
        let piece = b"data: y\n".repeat(1 << 16);
        assert!((0..400).any(|_| endless.push(&piece, &mut found).is_err()));
    }
}
