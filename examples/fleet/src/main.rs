//! fleet
mod link;
fn main() {
    let _ = link::Link::open(link::Quality::SpoilsDownloads).map(|l| (l.url(), l.bytes(), l.bytes_down()));
    let _ = link::Quality::Good;
}
