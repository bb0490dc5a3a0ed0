//! What is found in a document.

use clap::Args;
use omadm_proto::deviation::Deviations;
use omadm_proto::element::EventSource as _;
use omadm_proto::error::DecodeError;
use omadm_proto::message::Message;

use super::dialect::{self, Peer};
use super::peers;
use crate::document::Document;
use crate::mgmt_tree;

/// What a document is held against, besides the standard.
#[derive(Debug, Args)]
pub(crate) struct Expectations {
    /// The MaxMsgSize of the recipient in bytes.
    #[arg(long, value_name = "BYTES")]
    max_msg_size: Option<usize>,
    /// Check what such a peer asks of messages sent to it, too.
    #[arg(long, value_enum, value_name = "PEER")]
    dialect: Option<Peer>,
}

/// How bad a finding is; later ones are worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Legal, and worth telling.
    Remark,
    /// A strict reader, or a rule that was asked for, refuses it.
    Deviation,
    /// No reader takes the document.
    Refused,
}

/// One finding.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) offset: Option<usize>,
    /// The row of the sheet that decides.
    pub(crate) row: Option<&'static str>,
    pub(crate) text: String,
    /// What the two profiles of the library make of it.
    pub(crate) readers: &'static str,
    pub(crate) peers: Vec<String>,
}

/// Everything that is found in a document.
pub(crate) struct Verdict {
    /// `message`, or the name of the root element.
    pub(crate) kind: String,
    pub(crate) findings: Vec<Finding>,
    /// Findings that were counted only.
    pub(crate) more: usize,
}

impl Verdict {
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    pub(crate) fn deviations(&self) -> usize {
        self.more + self.findings.iter().filter(|finding| finding.severity == Severity::Deviation).count()
    }
}

/// What the rows of the sheet and the notes on peers are about.
#[derive(Debug, Clone, Copy)]
enum Subject {
    /// Messages, and whatever is not told apart.
    Message,
    Description,
}

/// Checks `document`.
pub(crate) fn check(document: &Document, expectations: &Expectations) -> Verdict {
    let root = document.root();
    let is_message = document.claims_to_be_message() || root.is_none();
    let kind = match root {
        Some(root) if !is_message => root,
        Some(_) => "message".to_string(),
        None => "unknown".to_string(),
    };
    let is_description = mgmt_tree::is_description(document).unwrap_or(false);
    let subject = if is_description { Subject::Description } else { Subject::Message };
    let mut verdict = Verdict { kind, findings: Vec::new(), more: 0 };
    match read(document, is_message) {
        Ok((message, deviations)) => {
            add_deviations(&mut verdict, &deviations, subject);
            if let (Some(peer), Some(message)) = (expectations.dialect, message) {
                verdict.findings.extend(dialect::findings(peer, document, &message));
            }
        }
        Err(error) => {
            // What is no message may still be a document with deviations.
            let read = if is_message { elements(document).ok() } else { None };
            verdict.findings.push(refused(document, error, read.is_some()));
            add_deviations(&mut verdict, &read.unwrap_or_default(), subject);
        }
    }
    if let Some(limit) = expectations.max_msg_size.filter(|limit| document.bytes.len() > *limit) {
        verdict.findings.push(too_large(document.bytes.len(), limit));
    }
    verdict.findings.sort_by_key(|finding| finding.offset);
    verdict
}

/// Reads the document: a message completely, another one by its elements.
fn read(document: &Document, is_message: bool) -> Result<(Option<Message<'_>>, Deviations), DecodeError> {
    if is_message {
        document.message().map(|read| (Some(read.message), read.deviations))
    } else {
        elements(document).map(|deviations| (None, deviations))
    }
}

/// Reads the document as elements, a device description by what may stand where.
fn elements(document: &Document) -> Result<Deviations, DecodeError> {
    if mgmt_tree::is_description(document).unwrap_or(false) {
        return Ok(mgmt_tree::ddf(document)?.deviations);
    }
    let mut source = document.source()?;
    while source.next_event()?.is_some() {}
    Ok(source.take_deviations())
}

fn add_deviations(verdict: &mut Verdict, deviations: &Deviations, subject: Subject) {
    verdict.more = deviations.count() - deviations.as_slice().len();
    for deviation in deviations.as_slice() {
        let remark = deviation.kind.is_remark();
        let (row, peers) = match subject {
            Subject::Message => (deviation.kind.row(), peers::about_deviation(deviation.kind)),
            Subject::Description => (None, peers::about_description(deviation.kind)),
        };
        verdict.findings.push(Finding {
            severity: if remark { Severity::Remark } else { Severity::Deviation },
            offset: Some(deviation.offset),
            row,
            text: deviation.kind.to_string(),
            readers: if remark { "legal: strict and lenient take it" } else { "strict refuses, lenient takes it" },
            peers: words(peers),
        });
    }
}

fn refused(document: &Document, error: DecodeError, as_elements: bool) -> Finding {
    Finding {
        severity: Severity::Refused,
        offset: Some(error.offset),
        row: None,
        text: error.kind.to_string(),
        readers: if as_elements {
            "strict and lenient refuse it as a message; its elements can be read (syncml decode)"
        } else {
            "strict and lenient refuse"
        },
        peers: words(peers::about_error(document.syntax, error.kind)),
    }
}

fn too_large(len: usize, limit: usize) -> Finding {
    Finding {
        severity: Severity::Deviation,
        offset: Some(limit),
        row: None,
        text: format!("the message has {len} bytes, the recipient's MaxMsgSize is {limit}"),
        readers: "any reader takes it up to its own limits",
        peers: words(&["the recipient may drop the message or answer 413; split it, or a large object into chunks"]),
    }
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}
