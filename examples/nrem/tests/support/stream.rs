//! The stream of events of a server, read by a test.

use std::io::{BufRead as _, BufReader};

use serde_json::Value;

/// An event as it came.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Heard {
    pub(crate) id: Option<u64>,
    pub(crate) event: String,
    pub(crate) data: Value,
}

/// A stream of events.
pub(crate) struct Stream(BufReader<Box<dyn std::io::Read>>);

impl Stream {
    pub(crate) fn open(base: &str, query: &str, last: Option<u64>) -> Self {
        Self::open_as(base, query, last, None)
    }

    /// The same with the token of a requester.
    pub(crate) fn open_as(base: &str, query: &str, last: Option<u64>, token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder().proxy(None).build();
        let agent: ureq::Agent = config.into();
        let mut request = agent.get(format!("{base}/api/v1/events{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.call().unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self(BufReader::new(Box::new(answer.into_body().into_reader())))
    }

    /// The next event; comments are passed over.
    pub(crate) fn next(&mut self) -> Heard {
        let mut heard = Heard::default();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the stream ended");
            match line.trim_end().split_once(": ").unwrap_or((line.trim_end(), "")) {
                ("id", id) => heard.id = Some(id.parse().unwrap()),
                ("event", event) => heard.event = event.to_owned(),
                ("data", data) => heard.data = serde_json::from_str(data).unwrap(),
                ("", "") if !heard.event.is_empty() => return heard,
                _ => {}
            }
        }
    }
}
