//! `dmconf`: a conformance suite for OMA DM.
//!
//! A [`row`] is one rule of the conformance catalogue with the script that tries it. Against a client under test dmconf plays
//! a scripted server ([`device`]), against a server under test a scripted client; a script speaks through a port, in-process
//! or over HTTP, in XML or WBXML. What came out is a [`report`]: a table, JUnit XML or Markdown.
//!
//! A script neither hangs nor panics: its port has a time-out, and what cannot be tried with a peer is skipped with the reason.

pub mod device;
pub mod lint;
pub mod report;
pub mod row;
pub mod rows;
pub mod run;
pub mod server;
