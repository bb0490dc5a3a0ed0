//! Downloads, restarts and mismatches, by what comes out of the machine.

use super::*;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::ids::ServerId;

/// SHA-256 of `abc`, the example of the digest's own standard.
const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn settings() -> ImageSettings {
    let mut settings = ImageSettings::new("http://gw:1/");
    settings.block_bytes = 2;
    settings.store_bytes = 100;
    settings
}

fn tokens() -> NonceSource {
    NonceSource::new(Seed::new([7; 32]))
}

fn spec(node: &str) -> ImageSpec {
    ImageSpec::new(node, ImageHash::parse(ABC).unwrap()).from_source("http://nrem/abc", Some(3))
}

fn asker() -> Asker {
    Asker::new(ServerId::new("nrem"), Some("img-7".into()))
}

/// A driver: a source of bytes and a file, with a log of what was fetched.
struct World {
    images: ImageInventory,
    source: Vec<u8>,
    file: Vec<u8>,
    fetched: Vec<u64>,
    ended: Vec<payload::Image>,
    failures: usize,
}

impl World {
    fn new(images: ImageInventory, source: &[u8], file: Vec<u8>) -> Self {
        Self { images, source: source.to_vec(), file, fetched: Vec::new(), ended: Vec::new(), failures: 0 }
    }

    /// Performs up to `steps` outputs at `now`; tells whether there was nothing left to do.
    fn perform(&mut self, now: Instant, steps: usize) -> bool {
        for _ in 0..steps {
            let Some(output) = self.images.poll_output() else { return true };
            let (op, result) = match output {
                ImageOutput::Fetch { op, .. } if self.failures > 0 => {
                    self.failures -= 1;
                    (op, ImageResult::Failed(ImageFailure::Temporary))
                }
                ImageOutput::Fetch { op, offset, max_len, .. } => {
                    self.fetched.push(offset);
                    (op, block(&self.source, offset, max_len))
                }
                ImageOutput::Read { op, offset, max_len, .. } => (op, block(&self.file, offset, max_len)),
                ImageOutput::Store { op, offset, data, .. } => {
                    self.file.truncate(usize::try_from(offset).unwrap());
                    self.file.extend_from_slice(&data);
                    (op, ImageResult::Done)
                }
                ImageOutput::Finalize { op, .. } => (op, ImageResult::Done),
                ImageOutput::Drop { .. } => {
                    self.file.clear();
                    continue;
                }
                ImageOutput::Ended { payload, .. } => {
                    self.ended.push(payload);
                    continue;
                }
            };
            self.images.handle_result(now, op, result);
        }
        false
    }
}

fn block(bytes: &[u8], offset: u64, max_len: u32) -> ImageResult {
    let rest = bytes.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
    let taken = rest.len().min(usize::try_from(max_len).unwrap());
    ImageResult::Block { data: Bytes::copy_from_slice(&rest[..taken]), end: taken == rest.len() }
}

#[test]
fn an_image_is_fetched_once_verified_and_given_an_unguessable_url() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abc", Vec::new());
    world.images.download(spec("fw"), asker()).unwrap();
    assert!(!world.images.is_ready("fw"));
    assert!(world.perform(Instant::ZERO, 100));
    assert_eq!((world.file.as_slice(), world.fetched.as_slice()), (&b"abc"[..], &[0, 2][..]));
    let ready = world.images.ready("fw").unwrap().clone();
    assert_eq!((ready.size, ready.hash.as_str()), (3, &ABC[7..]));
    let token = ready.url.strip_prefix("http://gw:1/i/").unwrap().strip_suffix("/fw").unwrap();
    assert_eq!(token.len(), 32, "128 bits");
    assert_eq!(world.ended.len(), 1);
    assert_eq!(world.ended[0].url.as_deref(), Some(ready.url.as_str()));
    assert_eq!(world.images.locate(token, "fw").unwrap().size, 3);
    assert_eq!(world.images.locate("00000000000000000000000000000000", "fw"), None);
}

#[test]
fn a_ready_image_is_not_fetched_again_and_a_second_one_shares_its_bytes() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abc", Vec::new());
    world.images.download(spec("fw"), asker()).unwrap();
    world.images.download(spec("fw"), asker()).unwrap();
    world.perform(Instant::ZERO, 100);
    world.images.download(spec("fw"), asker()).unwrap();
    world.images.download(spec("same-bytes"), asker()).unwrap();
    world.perform(Instant::ZERO, 100);
    assert_eq!(world.fetched, [0, 2]);
    assert_eq!(world.ended.len(), 4, "everybody who asked is told");
    assert_ne!(world.images.ready("fw").unwrap().url, world.images.ready("same-bytes").unwrap().url);
    world.images.remove("fw");
    world.perform(Instant::ZERO, 100);
    assert_eq!(world.file, b"abc", "the other image still has them");
    world.images.remove("same-bytes");
    world.perform(Instant::ZERO, 100);
    assert!(world.file.is_empty());
}

#[test]
fn bytes_with_another_digest_are_dropped_and_never_served() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abd", Vec::new());
    world.images.download(spec("fw"), asker()).unwrap();
    assert!(world.perform(Instant::ZERO, 100));
    assert!(world.file.is_empty() && !world.images.is_ready("fw"));
    assert_eq!(world.ended, [payload::Image::failed("fw", ImageState::VerifyFailed, ResultCode::HASH_MISMATCH)]);
}

#[test]
fn a_source_that_sends_more_than_it_should_is_a_mismatch() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abcdef", Vec::new());
    world.images.download(spec("fw"), asker()).unwrap();
    world.perform(Instant::ZERO, 100);
    assert_eq!(world.ended[0].state, Some(ImageState::VerifyFailed));
}

#[test]
fn a_download_that_a_restart_interrupted_goes_on_where_it_was() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abc", Vec::new());
    world.images.download(spec("fw"), asker()).unwrap();
    // Fetch and store the first block, ask for the second, then die.
    assert!(!world.perform(Instant::ZERO, 2));
    let record = world.images.record("fw").unwrap().clone();
    let blob = world.images.blob(spec("fw").hash).unwrap().clone();
    assert_eq!(blob.have, 2);
    let restored = ImageInventory::restore(settings(), tokens(), [record], [blob]);
    let mut world = World::new(restored, b"abc", b"ab".to_vec());
    assert!(world.perform(Instant::ZERO, 100));
    assert_eq!(world.fetched, [2], "only the rest");
    assert!(world.images.is_ready("fw"));
    assert_eq!(world.ended.len(), 1);
}

#[test]
fn a_stored_prefix_that_was_damaged_is_found_out() {
    let mut blob = BlobRecord::new(spec("fw").hash);
    blob.state = ImageState::Downloading;
    blob.have = 2;
    blob.size = Some(3);
    blob.source = Some("http://nrem/abc".into());
    let record = ImageRecord::new(spec("fw"), &[1; 16]);
    let mut world = World::new(ImageInventory::restore(settings(), tokens(), [record], [blob]), b"abc", b"aX".to_vec());
    world.perform(Instant::ZERO, 100);
    assert!(!world.images.is_ready("fw"));
    assert!(world.file.is_empty());
}

#[test]
fn failures_pause_and_go_on_and_at_last_end() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abc", Vec::new());
    world.failures = 2;
    world.images.download(spec("fw"), asker()).unwrap();
    let mut now = Instant::ZERO;
    for _ in 0..2 {
        world.perform(now, 100);
        now = world.images.next_timeout().unwrap().at;
        world.images.handle_timeout(now);
    }
    assert_eq!(now, Instant::from_millis(1500));
    world.perform(now, 100);
    assert!(world.images.is_ready("fw"));

    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abc", Vec::new());
    world.failures = 1000;
    world.images.download(spec("fw"), asker()).unwrap();
    while world.ended.is_empty() {
        world.perform(now, 100);
        if let Some(wakeup) = world.images.next_timeout() {
            now = wakeup.at;
            world.images.handle_timeout(now);
        }
    }
    assert_eq!(world.ended, [payload::Image::failed("fw", ImageState::DownloadFailed, ResultCode::DOWNLOAD_FAILED)]);
    world.failures = 0;
    world.images.download(spec("fw"), asker()).unwrap();
    world.perform(now, 100);
    assert!(world.images.is_ready("fw"), "a new Download works again");
}

#[test]
fn what_does_not_fit_the_store_is_refused() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abc", Vec::new());
    let big = spec("fw").from_source("http://nrem/abc", Some(101));
    let refused = world.images.download(big, asker()).unwrap_err();
    assert_eq!((refused.status, refused.code), (StatusCode::DEVICE_FULL, ResultCode::STORE_FULL));
    let ftp = spec("fw").from_source("ftp://nrem/abc", None);
    assert_eq!(world.images.download(ftp, asker()).unwrap_err().code, ResultCode::BAD_URL);
}

#[test]
fn bytes_that_were_delivered_directly_are_verified_too() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"", Vec::new());
    world.images.deliver(spec("bad"), Bytes::from_static(b"abd"), Some(asker())).unwrap();
    world.perform(Instant::ZERO, 100);
    assert_eq!(world.images.ready("bad"), None);
    world.images.deliver(spec("fw"), Bytes::from_static(b"abc"), Some(asker())).unwrap();
    world.perform(Instant::ZERO, 100);
    assert!(world.images.is_ready("fw"));
    assert!(world.fetched.is_empty());
}

#[test]
fn results_of_forgotten_operations_are_ignored() {
    let mut world = World::new(ImageInventory::new(settings(), tokens()), b"abc", Vec::new());
    world.images.download(spec("fw"), asker()).unwrap();
    let Some(ImageOutput::Fetch { op, .. }) = world.images.poll_output() else { panic!("a fetch") };
    world.images.remove("fw");
    world.images.handle_result(Instant::ZERO, op, ImageResult::Block { data: Bytes::from_static(b"ab"), end: false });
    assert_eq!(world.images.poll_output(), Some(ImageOutput::Drop { hash: spec("fw").hash }));
    assert_eq!(world.images.poll_output(), None);
    assert_eq!(spec("fw").hash.to_string(), &ABC[7..]);
}
