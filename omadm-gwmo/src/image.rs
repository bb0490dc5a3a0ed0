//! The image inventory: fetched once over the WAN, verified, then served to every device of the LAN \[gwmo 6\].
//!
//! ```text
//! Empty -> Downloading -> (hash matches) -> Ready
//!              |  ^  \-> (hash differs) -> VerifyFailed, bytes dropped
//!              v  |
//!        DownloadFailed (bytes kept, a later Download goes on)
//! ```
//!
//! Bytes are kept per digest, not per image: two images with the same Hash share one download and one file. The machine never
//! touches files; it asks for blocks ([`ImageOutput`]) and hashes every byte itself, after a restart by reading back what is
//! stored. Invariants: nothing is Ready, and nothing has a LocalURL, before its SHA-256 matched; a block is stored before
//! `have` counts it; at most one operation a digest is under way, and results of any other are ignored. What must survive is
//! named by [`ImageInventory::take_changes`].

mod blob;
mod spec;

pub use blob::{BlobRecord, ImageFailure, ImageOutput, ImageResult, OpId};
pub use spec::{Asker, ImageHash, ImageRecord, ImageRefused, ImageSettings, ImageSpec, ReadyImage, ServedImage};

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use bytes::Bytes;
use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, Wakeup};
use sha2::{Digest as _, Sha256};

use crate::code::{ImageState, ResultCode};
use crate::payload;
use blob::Blob;

/// What changed since the last look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ImageChanges {
    /// Images, by node name; those that are gone have no record any more.
    pub images: BTreeSet<String>,
    /// Digests; those that are gone have no record any more.
    pub blobs: BTreeSet<ImageHash>,
}

#[derive(Debug)]
struct Entry {
    record: ImageRecord,
    ready: Option<ReadyImage>,
}

/// All images of a gateway.
#[derive(Debug)]
pub struct ImageInventory {
    settings: ImageSettings,
    images: BTreeMap<String, Entry>,
    blobs: BTreeMap<ImageHash, Blob>,
    tokens: NonceSource,
    last_op: u64,
    outputs: VecDeque<ImageOutput>,
    changes: ImageChanges,
}

impl ImageInventory {
    /// No images. `tokens` is where the unguessable parts of local URLs come from.
    #[must_use]
    pub fn new(settings: ImageSettings, tokens: NonceSource) -> Self {
        Self {
            settings,
            images: BTreeMap::new(),
            blobs: BTreeMap::new(),
            tokens,
            last_op: 0,
            outputs: VecDeque::new(),
            changes: ImageChanges::default(),
        }
    }

    /// The images after a restart; downloads that were under way go on.
    #[must_use]
    pub fn restore(
        settings: ImageSettings,
        tokens: NonceSource,
        images: impl IntoIterator<Item = ImageRecord>,
        blobs: impl IntoIterator<Item = BlobRecord>,
    ) -> Self {
        let mut inventory = Self::new(settings, tokens);
        inventory.blobs.extend(blobs.into_iter().map(|record| (record.hash, Blob::new(record))));
        for record in images {
            inventory.images.insert(record.spec.node.clone(), Entry { record, ready: None });
        }
        let hashes: alloc::vec::Vec<ImageHash> = inventory.blobs.keys().copied().collect();
        for hash in hashes {
            inventory.publish(hash);
            if inventory.blobs.get(&hash).is_some_and(|blob| blob.record.state == ImageState::Downloading) {
                inventory.run(hash, Blob::begin);
            }
        }
        inventory
    }

    /// Exec Operations/Download: fetches the image unless its bytes are there or on their way; `asker` is told the end.
    ///
    /// # Errors
    /// When the description of the image is unusable; nothing is fetched then.
    pub fn download(&mut self, spec: ImageSpec, asker: Asker) -> Result<(), ImageRefused> {
        let source = spec.source.clone().unwrap_or_default();
        if !(source.starts_with("http://") || source.starts_with("https://")) {
            return Err(ImageRefused { status: StatusCode::BAD_REQUEST, code: ResultCode::BAD_URL });
        }
        let hash = spec.hash;
        let is_ready = self.blobs.get(&hash).is_some_and(|blob| blob.record.state == ImageState::Ready);
        if !is_ready && spec.size.is_some_and(|size| size > self.room_for(hash)) {
            return Err(ImageRefused { status: StatusCode::DEVICE_FULL, code: ResultCode::STORE_FULL });
        }
        let size = spec.size;
        self.enter(spec, Some(asker))?;
        let blob = self.blobs.entry(hash).or_insert_with(|| Blob::new(BlobRecord::new(hash)));
        blob.record.source = Some(source);
        blob.record.size = size.or(blob.record.size);
        if blob.record.state == ImageState::Ready {
            self.publish(hash);
        } else if blob.record.state != ImageState::Downloading {
            self.run(hash, Blob::begin);
        }
        self.announce(hash);
        Ok(())
    }

    /// Direct delivery: the leaf Data was written. The bytes are verified and stored; `asker` is told the end.
    ///
    /// # Errors
    /// When the store is full.
    pub fn deliver(&mut self, spec: ImageSpec, data: Bytes, asker: Option<Asker>) -> Result<(), ImageRefused> {
        let hash = spec.hash;
        let len = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if len > self.room_for(hash) {
            return Err(ImageRefused { status: StatusCode::DEVICE_FULL, code: ResultCode::STORE_FULL });
        }
        self.enter(spec, asker)?;
        let blob = self.blobs.entry(hash).or_insert_with(|| Blob::new(BlobRecord::new(hash)));
        if blob.record.state != ImageState::Ready {
            self.run(hash, |blob| blob.deliver(data));
        }
        self.announce(hash);
        Ok(())
    }

    fn enter(&mut self, spec: ImageSpec, asker: Option<Asker>) -> Result<(), ImageRefused> {
        let taken =
            self.images.values().any(|entry| entry.record.spec.id == spec.id && entry.record.spec.node != spec.node);
        if taken {
            return Err(ImageRefused { status: StatusCode::ALREADY_EXISTS, code: ResultCode::MALFORMED });
        }
        if self.images.len() >= self.settings.max_images && !self.images.contains_key(&spec.node) {
            return Err(ImageRefused { status: StatusCode::DEVICE_FULL, code: ResultCode::LIMIT_EXCEEDED });
        }
        let old = self.images.get(&spec.node).map(|entry| entry.record.spec.hash).filter(|old| *old != spec.hash);
        let node = spec.node.clone();
        let tokens = &mut self.tokens;
        let entry = self
            .images
            .entry(node.clone())
            .or_insert_with(|| Entry { record: ImageRecord::new(spec.clone(), tokens.next().as_bytes()), ready: None });
        entry.record.spec = spec;
        entry.record.askers.extend(asker);
        self.changes.images.insert(node);
        if let Some(old) = old {
            self.drop_unused(old);
        }
        Ok(())
    }

    /// The node of the image is gone: forgets it, and its bytes when no other image has them.
    pub fn remove(&mut self, node: &str) {
        if let Some(entry) = self.images.remove(node) {
            self.changes.images.insert(node.into());
            self.drop_unused(entry.record.spec.hash);
        }
    }

    fn drop_unused(&mut self, hash: ImageHash) {
        if self.images.values().all(|entry| entry.record.spec.hash != hash) && self.blobs.remove(&hash).is_some() {
            self.changes.blobs.insert(hash);
            self.outputs.push_back(ImageOutput::Drop { hash });
        }
    }

    /// The result of the operation `op`.
    pub fn handle_result(&mut self, now: Instant, op: OpId, result: ImageResult) {
        let found = self.blobs.iter().find(|(_, blob)| blob.is_waiting_for(op)).map(|(hash, _)| *hash);
        if let Some(hash) = found {
            let room = self.room_for(hash);
            self.run(hash, |blob| blob.handle_result(now, result, room));
            self.announce(hash);
        }
    }

    /// Time passed: downloads whose pause is over go on.
    pub fn handle_timeout(&mut self, now: Instant) {
        let due: alloc::vec::Vec<ImageHash> = self
            .blobs
            .iter()
            .filter(|(_, blob)| blob.pause().is_some_and(|at| at <= now))
            .map(|(hash, _)| *hash)
            .collect();
        for hash in due {
            self.run(hash, Blob::resume);
        }
    }

    /// When [`ImageInventory::handle_timeout`] is due.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Wakeup> {
        if !self.outputs.is_empty() {
            return Some(Wakeup::new(Instant::ZERO, "an image output waits"));
        }
        self.blobs.values().filter_map(Blob::pause).min().map(|at| Wakeup::new(at, "a download is tried again"))
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<ImageOutput> {
        self.outputs.pop_front()
    }

    /// What changed since the last call and has to be stored.
    pub fn take_changes(&mut self) -> ImageChanges {
        core::mem::take(&mut self.changes)
    }

    /// What of the image survives a restart.
    #[must_use]
    pub fn record(&self, node: &str) -> Option<&ImageRecord> {
        self.images.get(node).map(|entry| &entry.record)
    }

    /// What of the bytes survives a restart.
    #[must_use]
    pub fn blob(&self, hash: ImageHash) -> Option<&BlobRecord> {
        self.blobs.get(&hash).map(|blob| &blob.record)
    }

    /// The node names of all images that were downloaded or delivered at some time.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.images.keys().map(String::as_str)
    }

    /// The image with the ImageID `id`, when it is verified and stored.
    #[must_use]
    pub fn ready(&self, id: &str) -> Option<&ReadyImage> {
        self.images.values().find(|entry| entry.record.spec.id == id).and_then(|entry| entry.ready.as_ref())
    }

    /// The image of the node `node`, when it is verified and stored.
    #[must_use]
    pub fn ready_node(&self, node: &str) -> Option<&ReadyImage> {
        self.images.get(node).and_then(|entry| entry.ready.as_ref())
    }

    /// Whether the image with the ImageID `id` is verified and stored.
    #[must_use]
    pub fn is_ready(&self, id: &str) -> bool {
        self.ready(id).is_some()
    }

    /// What to serve for `…/i/<token>/<id>`; `None` unless that image is verified and the token is its own.
    #[must_use]
    pub fn locate(&self, token: &str, id: &str) -> Option<ServedImage> {
        let entry = self.images.values().find(|entry| entry.record.token == token && entry.record.spec.id == id)?;
        let ready = entry.ready.as_ref()?;
        Some(ServedImage {
            node: entry.record.spec.node.clone(),
            hash: entry.record.spec.hash,
            size: ready.size,
            media_type: entry.record.spec.media_type.clone(),
        })
    }

    /// A device took the whole image.
    pub fn served(&mut self, node: &str) {
        if let Some(entry) = self.images.get_mut(node) {
            entry.record.served = entry.record.served.saturating_add(1);
            self.changes.images.insert(node.into());
        }
    }

    /// Bytes that are not taken.
    #[must_use]
    pub fn free(&self) -> u64 {
        let used: u64 = self.blobs.values().map(|blob| blob.record.reserved()).sum();
        self.settings.store_bytes.saturating_sub(used)
    }

    /// Bytes of the whole store.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.settings.store_bytes
    }

    fn room_for(&self, hash: ImageHash) -> u64 {
        self.free().saturating_add(self.blobs.get(&hash).map_or(0, |blob| blob.record.reserved()))
    }

    /// Lets the blob act and takes over what it wants.
    fn run(&mut self, hash: ImageHash, act: impl FnOnce(&mut Blob) -> Option<blob::Step>) {
        let Some(blob) = self.blobs.get_mut(&hash) else { return };
        if let Some(step) = act(blob) {
            self.last_op += 1;
            let op = OpId::new(self.last_op);
            blob.expect(op);
            self.outputs.push_back(step.output(op, hash, self.settings.block_bytes));
        }
        if blob.take_dropped() {
            self.outputs.push_back(ImageOutput::Drop { hash });
        }
        self.changes.blobs.insert(hash);
    }

    /// Gives every image of verified bytes its URL.
    fn publish(&mut self, hash: ImageHash) {
        let Some(blob) = self.blobs.get(&hash) else { return };
        let ready = blob.record.state == ImageState::Ready;
        for entry in self.images.values_mut().filter(|entry| entry.record.spec.hash == hash) {
            let spec = &entry.record.spec;
            entry.ready = ready.then(|| ReadyImage {
                url: alloc::format!("{}/i/{}/{}", self.settings.base_url, entry.record.token, spec.id),
                size: blob.record.have,
                hash: alloc::format!("{hash}"),
                version: spec.version.clone(),
            });
        }
    }

    /// Tells those who asked, when the bytes reached an end.
    fn announce(&mut self, hash: ImageHash) {
        let Some(blob) = self.blobs.get(&hash) else { return };
        let (state, code) = (blob.record.state, blob.record.code);
        if !matches!(state, ImageState::Ready | ImageState::DownloadFailed | ImageState::VerifyFailed) {
            return;
        }
        self.publish(hash);
        for entry in self.images.values_mut().filter(|entry| entry.record.spec.hash == hash) {
            let spec = &entry.record.spec;
            let payload = match &entry.ready {
                Some(ready) => {
                    let mut image = payload::Image::new(spec.id.clone());
                    image.url = Some(ready.url.clone());
                    image.size = Some(ready.size);
                    image.hash = Some(alloc::format!("sha256:{hash}"));
                    image.kind = Some(spec.kind);
                    image.version.clone_from(&spec.version);
                    image
                }
                None => payload::Image::failed(spec.id.clone(), state, code),
            };
            for asker in core::mem::take(&mut entry.record.askers) {
                self.outputs.push_back(ImageOutput::Ended {
                    node: spec.node.clone(),
                    asker,
                    state,
                    payload: payload.clone(),
                });
            }
            self.changes.images.insert(spec.node.clone());
        }
    }
}

/// The digest of `data`.
fn digest(data: &[u8]) -> ImageHash {
    ImageHash::new(Sha256::digest(data).into())
}

#[cfg(test)]
mod tests;
