//! More than the server takes: every answer is complete or a 503, its memory stays bounded, and the devices come back.
#![allow(dead_code, reason = "the process is shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

#[path = "support/process.rs"]
mod process;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use process::{Process, load};

/// MiB that the server may take under any load that these tests make: its cache and its code included.
const MEMORY: u64 = 160;

#[test]
fn devices_that_are_sent_away_come_back_and_finish() {
    let state = tempfile::tempdir().unwrap();
    // Room for four messages.
    let process = Process::start(state.path(), &["--max-in-flight", "80000"]);
    let outcome = load(&process.url(), "--devices 60 --connections 48 --seconds 4");
    assert!(outcome.troubles().get("503").is_some_and(|times| *times > 0), "{outcome}");
    assert_eq!(outcome.troubles().len(), 1, "every other answer is complete: {outcome}");
    assert_eq!((outcome.failed(), outcome.lost(), outcome.executed_twice()), (0, 0, 0), "{outcome}");
    assert!(outcome.finished() >= 60, "every device has been served: {outcome}");
}

/// The beginning of a message that is never finished.
fn unfinished(address: &str, announced: usize, sent: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "POST /dm HTTP/1.1\r\nHost: h\r\nContent-Type: application/vnd.syncml.dm+xml\r\nContent-Length: {announced}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // One that is sent away does not read it.
    let _ = stream.write_all(&vec![b' '; sent]);
    stream
}

#[test]
fn messages_that_never_end_take_no_more_than_the_room_that_there_is() {
    let state = tempfile::tempdir().unwrap();
    let process = Process::start(state.path(), &["--max-in-flight", "16777216"]);
    let mut streams: Vec<TcpStream> = (0..150).map(|_| unfinished(process.address(), 1_000_000, 900_000)).collect();
    let mut refused = 0;
    for stream in &mut streams {
        // Those that were taken are waited for by the server, and say nothing yet.
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut answer = [0; 512];
        if let Ok(length) = stream.read(&mut answer) {
            let answer = String::from_utf8_lossy(&answer[..length]);
            assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: "), "{answer}");
            refused += 1;
        }
    }
    assert!(refused >= 100, "{refused}");
    if let Some(memory) = process.most_resident() {
        assert!(memory < MEMORY, "{memory} MiB");
    }
    drop(streams);
    let outcome = load(&process.url(), "--devices 10 --connections 2 --seconds 1");
    assert!(outcome.is_good() && outcome.failed() == 0, "{outcome}");
}

#[test]
fn connections_without_room_are_told_so_and_the_others_go_on() {
    let state = tempfile::tempdir().unwrap();
    let process = Process::start(state.path(), &["--max-connections", "20"]);
    let kept: Vec<TcpStream> = (0..8).map(|_| TcpStream::connect(process.address()).unwrap()).collect();
    let outcome = load(&process.url(), "--devices 40 --connections 4 --seconds 1");
    assert!(outcome.is_good() && outcome.failed() == 0, "{outcome}");
    let mut more: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(process.address()).unwrap()).collect();
    let told = more.iter_mut().filter(|stream| {
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let mut answer = [0; 512];
        let mut stream: &TcpStream = stream;
        stream.read(&mut answer).is_ok_and(|length| answer[..length].starts_with(b"HTTP/1.1 503 "))
    });
    assert!(told.count() >= 8);
    drop((kept, more));
}
