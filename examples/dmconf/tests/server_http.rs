//! The rows against the nrem program over HTTP on the loopback, through its API.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use dmconf::row::Verdict;
use dmconf::rows::server::rows;
use dmconf::server::Stand;
use dmconf::server::http::Http;
use nrem::{Config, Server, serve};
use omadm_proto::exchange::Syntax;
use tempfile::TempDir;

/// A running nrem. It is dropped before the folder it writes to.
struct Site {
    server: Server,
    _folder: TempDir,
}

impl Site {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let server = serve(Config::new("127.0.0.1:0".parse().unwrap(), folder.path())).unwrap();
        Self { server, _folder: folder }
    }

    fn stand(&self, run: &str, syntax: Syntax) -> Stand {
        let base = format!("http://{}", self.server.address());
        let port = Http::with_nrem(&format!("{base}/dm"), &format!("{base}/api/v1"), None, run.into());
        Stand::new(Box::new(port), syntax)
    }
}

/// Rows that cannot be tried over this port, and part of the reason.
const SKIPPED: &[(&str, &str)] = &[
    ("X-SES-18", "clock"),
    ("X-AUT-28", "transport"),
    ("X-NTF-12", "clock"),
    ("X-SRV-14", "clock"),
    ("X-SRV-24", "recorded"),
    ("X-ABO-09", "outside"),
];

fn play_all(syntax: Syntax) {
    let site = Site::start();
    let mut stand = site.stand("e2e", syntax);
    let mut wrong = Vec::new();
    for row in rows() {
        match row.play(&mut stand) {
            Verdict::Passed => {}
            Verdict::Failed(finding) => wrong.push(format!("{}: {finding}", row.id)),
            Verdict::Skipped(reason) if SKIPPED.iter().any(|(id, why)| *id == row.id && reason.contains(why)) => {}
            Verdict::Skipped(reason) => wrong.push(format!("{} skipped: {reason}", row.id)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nrem_passes_over_http_in_xml() {
    play_all(Syntax::Xml);
}

#[test]
fn nrem_passes_over_http_in_wbxml() {
    play_all(Syntax::Wbxml);
}
