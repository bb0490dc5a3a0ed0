//! A gateway on real sockets, between a scripted network server and a plain HTTP client in place of devices.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod nrem;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use grem::{Config, Handle, serve};
use nrem::{Nrem, digest, image_bytes};

const MIB: usize = 1 << 20;

fn start(nrem: &Nrem, state: &Path) -> Handle {
    let text = format!(
        "id = \"urn:gw:1\"\n[north]\nurl = \"{}/dm\"\nserver_id = \"nrem\"\nclient = {{ name = \"gw1\", secret = \"gw1-secret\" }}\n\
         server_secret = \"nrem-secret\"\npoll = 1\n[[device]]\nid = \"urn:dev:1\"\nname = \"dev1\"\nsecret = \"s\"\nserver_secret = \"t\"\n",
        nrem.url()
    );
    serve(&Config::parse(&text, state.to_path_buf()).unwrap()).unwrap()
}

/// Waits until `found` gives something; a test that waits in vain fails.
fn wait<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One HTTP request; gives the status and the body.
fn request(address: &str, head: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    // A server that refuses what was announced hangs up before it was all sent.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
    (status, answer.split_off(end))
}

fn get(url: &str, range: &str) -> (u16, Vec<u8>) {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    request(address, &format!("GET /{path} HTTP/1.1{range}"), b"")
}

fn post(address: &str, content_type: &str, length: usize, body: &[u8]) -> (u16, String) {
    let head = format!("POST /dm HTTP/1.1\r\nContent-Type: {content_type}\r\nContent-Length: {length}");
    let (status, body) = request(address, &head, body);
    (status, String::from_utf8(body).unwrap())
}

fn stored(state: &Path) -> u64 {
    let files = std::fs::read_dir(state.join("images")).into_iter().flatten();
    files.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum()
}

#[test]
fn an_image_is_fetched_once_and_served_to_the_lan_by_range() {
    let (bytes, state) = (image_bytes(3 * MIB + 17), tempfile::tempdir().unwrap());
    let nrem = Nrem::start(bytes.clone(), usize::MAX);
    let gateway = start(&nrem, state.path());
    nrem.order_image(&digest(&bytes), bytes.len());
    let url = wait("imageready", || nrem.local_url());
    for _ in 0..3 {
        let (status, body) = get(&url, "");
        assert!(status == 200 && body == bytes, "the whole image");
    }
    let (status, body) = get(&url, "\r\nRange: bytes=1000000-1000099");
    assert!(status == 206 && body == bytes[1_000_000..1_000_100], "a piece of it");
    assert!(nrem.served() <= bytes.len() * 102 / 100 + (64 << 10), "{} bytes over the WAN", nrem.served());
    assert!(gateway.counters().image_bytes.load(std::sync::atomic::Ordering::Relaxed) >= 3 * bytes.len() as u64);
    let other = url.replace(url.split('/').nth(4).unwrap(), "00000000000000000000000000000000");
    assert_eq!(get(&other, "").0, 404, "nobody guesses the address");
    gateway.stop().unwrap();
}

#[test]
fn a_download_that_a_restart_interrupted_goes_on_with_a_range_and_finishes() {
    let (bytes, state) = (image_bytes(4 * MIB), tempfile::tempdir().unwrap());
    let nrem = Nrem::start(bytes.clone(), 2 * MIB);
    let gateway = start(&nrem, state.path());
    nrem.order_image(&digest(&bytes), bytes.len());
    wait("half of the image", || (stored(state.path()) >= MIB as u64).then_some(()));
    gateway.stop().unwrap();
    assert!(nrem.local_url().is_none(), "not before it is complete");
    nrem.let_all_through();
    let gateway = start(&nrem, state.path());
    let url = wait("imageready", || nrem.local_url());
    assert!(get(&url, "") == (200, bytes.clone()), "the image is whole");
    let offsets = nrem.offsets();
    assert!(offsets.len() > 1 && offsets.iter().skip(1).all(|offset| *offset >= MIB), "the rest by Range: {offsets:?}");
    gateway.stop().unwrap();
}

#[test]
fn an_image_that_is_ready_is_served_after_a_restart_without_the_wan() {
    let (bytes, state) = (image_bytes(MIB), tempfile::tempdir().unwrap());
    let nrem = Nrem::start(bytes.clone(), usize::MAX);
    let gateway = start(&nrem, state.path());
    nrem.order_image(&digest(&bytes), bytes.len());
    let url = wait("imageready", || nrem.local_url());
    gateway.stop().unwrap();
    let before = nrem.served();
    let gateway = start(&nrem, state.path());
    let path = url.splitn(4, '/').nth(3).unwrap();
    let (status, body) = get(&format!("http://{}/{path}", gateway.lan_address()), "");
    assert!(status == 200 && body == bytes);
    assert_eq!(nrem.served(), before);
    gateway.stop().unwrap();
}

#[test]
fn an_image_with_a_wrong_digest_is_reported_and_never_served() {
    let (bytes, state) = (image_bytes(MIB), tempfile::tempdir().unwrap());
    let nrem = Nrem::start(bytes.clone(), usize::MAX);
    let gateway = start(&nrem, state.path());
    nrem.order_image(&digest(b"something else"), bytes.len());
    let failed = wait("imagefailed", || nrem.alert("imagefailed"));
    assert!(failed.contains("state=\"40\" rc=\"1423\""), "{failed}");
    assert!(nrem.local_url().is_none());
    wait("the removal of the bytes", || (stored(state.path()) == 0).then_some(()));
    gateway.stop().unwrap();
}

#[test]
fn what_is_no_dm_message_is_refused_in_one_line_that_names_the_cause() {
    let state = tempfile::tempdir().unwrap();
    let nrem = Nrem::start(Vec::new(), usize::MAX);
    let gateway = start(&nrem, state.path());
    let address = gateway.lan_address().to_string();
    let xml = "application/vnd.syncml.dm+xml";
    for (content_type, length, body, status, cause) in [
        ("text/html", 4, &b"<a/>"[..], 415, "Content-Type"),
        (xml, 100_000_000, b"", 413, "bytes"),
        (xml, 7, b"garbage", 400, "not a SyncML message"),
        ("application/vnd.syncml.dm+wbxml", 3, b"\x02\xa4\x01", 400, "not a SyncML message"),
    ] {
        let (answered, text) = post(&address, content_type, length, body);
        assert_eq!(answered, status, "{text}");
        assert!(text.contains(cause) && text.trim_end().lines().count() == 1, "{text}");
    }
    assert_eq!(request(&address, "GET /elsewhere HTTP/1.1", b"").0, 404);
    gateway.stop().unwrap();
}
