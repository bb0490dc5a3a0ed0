//! The bytes of one digest: fetched, hashed, stored, verified.

use alloc::string::String;
use bytes::Bytes;
use core::time::Duration;
use omadm_proto::time::Instant;
use sha2::{Digest as _, Sha256};

use super::spec::{Asker, ImageHash};
use crate::code::{ImageState, ResultCode};
use crate::payload;

/// Tries of one block before the download is given up.
const MAX_TRIES: u32 = 10;
/// The first pause after a failed try; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Links an operation to its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(u64);

impl OpId {
    pub(super) const fn new(number: u64) -> Self {
        Self(number)
    }
}

/// Something the inventory wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a composition must perform every kind")]
pub enum ImageOutput {
    /// Fetch at most `max_len` bytes of `url` from `offset` on; answer [`ImageResult::Block`].
    Fetch {
        /// Comes back with the result.
        op: OpId,
        /// Which bytes.
        hash: ImageHash,
        /// The URL, as the server wrote it.
        url: String,
        /// The first byte wanted.
        offset: u64,
        /// The most bytes wanted.
        max_len: u32,
    },
    /// Read back at most `max_len` stored bytes; answer [`ImageResult::Block`].
    Read {
        /// Comes back with the result.
        op: OpId,
        /// Which bytes.
        hash: ImageHash,
        /// The first byte wanted.
        offset: u64,
        /// The most bytes wanted.
        max_len: u32,
    },
    /// Store these bytes durably; bytes behind them may be overwritten. Answer [`ImageResult::Done`].
    Store {
        /// Comes back with the result.
        op: OpId,
        /// Which bytes.
        hash: ImageHash,
        /// Where the first byte goes.
        offset: u64,
        /// The bytes.
        data: Bytes,
    },
    /// The bytes are complete and verified: cut the file to `size` and make it durable. Answer [`ImageResult::Done`].
    Finalize {
        /// Comes back with the result.
        op: OpId,
        /// Which bytes.
        hash: ImageHash,
        /// How many.
        size: u64,
    },
    /// Delete these bytes; not answered.
    Drop {
        /// Which bytes.
        hash: ImageHash,
    },
    /// Tell `asker`: imageready when the payload has a URL, imagefailed otherwise.
    Ended {
        /// The node of the image.
        node: String,
        /// Who is told.
        asker: Asker,
        /// Ready, `DownloadFailed` or `VerifyFailed`.
        state: ImageState,
        /// What is told.
        payload: payload::Image,
    },
}

/// The result of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "what can come of an operation")]
pub enum ImageResult {
    /// Bytes that were fetched or read.
    Block {
        /// The bytes.
        data: Bytes,
        /// Nothing follows them.
        end: bool,
    },
    /// Stored or finalized.
    Done,
    /// It did not work.
    Failed(ImageFailure),
}

/// Why an operation did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the classes that the result codes tell apart")]
pub enum ImageFailure {
    /// May work later: network, time-out, the source is down.
    Temporary,
    /// The source refused the credentials.
    Unauthorized,
    /// The URL names nothing.
    BadUrl,
    /// There is no room.
    NoSpace,
    /// The storage failed.
    Storage,
}

/// What of the bytes survives a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct BlobRecord {
    /// The digest that they must have.
    pub hash: ImageHash,
    /// How many there must be, if that is known.
    pub size: Option<u64>,
    /// Where they are fetched.
    pub source: Option<String>,
    /// How far they are.
    pub state: ImageState,
    /// The outcome of the last operation.
    pub code: ResultCode,
    /// How many are stored.
    pub have: u64,
}

impl BlobRecord {
    pub(super) const fn new(hash: ImageHash) -> Self {
        Self { hash, size: None, source: None, state: ImageState::Empty, code: ResultCode::NONE, have: 0 }
    }

    /// Room that they take or will take.
    pub(super) fn reserved(&self) -> u64 {
        let expected = if self.state == ImageState::Downloading { self.size.unwrap_or(0) } else { 0 };
        expected.max(self.have)
    }
}

#[derive(Debug)]
enum Phase {
    Idle,
    /// Reading back what is stored, to hash it.
    Reading {
        offset: u64,
    },
    Fetching,
    Storing {
        len: u64,
        end: bool,
    },
    Finalizing,
    Pausing {
        until: Instant,
    },
}

/// What a blob wants next.
#[derive(Debug)]
pub(super) enum Step {
    Fetch { url: String, offset: u64 },
    Read { offset: u64 },
    Store { offset: u64, data: Bytes },
    Finalize { size: u64 },
}

impl Step {
    pub(super) fn output(self, op: OpId, hash: ImageHash, max_len: u32) -> ImageOutput {
        match self {
            Self::Fetch { url, offset } => ImageOutput::Fetch { op, hash, url, offset, max_len },
            Self::Read { offset } => ImageOutput::Read { op, hash, offset, max_len },
            Self::Store { offset, data } => ImageOutput::Store { op, hash, offset, data },
            Self::Finalize { size } => ImageOutput::Finalize { op, hash, size },
        }
    }
}

/// The bytes of one digest.
#[derive(Debug)]
pub(super) struct Blob {
    pub(super) record: BlobRecord,
    phase: Phase,
    hasher: Sha256,
    tries: u32,
    op: Option<OpId>,
    dropped: bool,
}

impl Blob {
    pub(super) fn new(record: BlobRecord) -> Self {
        Self { record, phase: Phase::Idle, hasher: Sha256::new(), tries: 0, op: None, dropped: false }
    }

    pub(super) const fn expect(&mut self, op: OpId) {
        self.op = Some(op);
    }

    pub(super) fn is_waiting_for(&self, op: OpId) -> bool {
        self.op == Some(op)
    }

    pub(super) const fn pause(&self) -> Option<Instant> {
        if let Phase::Pausing { until } = self.phase { Some(until) } else { None }
    }

    /// Whether the stored bytes are to be deleted; asked once.
    pub(super) const fn take_dropped(&mut self) -> bool {
        core::mem::replace(&mut self.dropped, false)
    }

    /// Begins, or goes on with, the download.
    pub(super) fn begin(&mut self) -> Option<Step> {
        self.record.state = ImageState::Downloading;
        self.record.code = ResultCode::NONE;
        self.hasher = Sha256::new();
        self.tries = 0;
        if self.record.have > 0 {
            self.phase = Phase::Reading { offset: 0 };
            Some(Step::Read { offset: 0 })
        } else {
            self.fetch()
        }
    }

    /// The pause after a failure is over.
    pub(super) fn resume(&mut self) -> Option<Step> {
        self.fetch()
    }

    /// The bytes came in one piece.
    pub(super) fn deliver(&mut self, data: Bytes) -> Option<Step> {
        if super::digest(&data) != self.record.hash {
            self.mismatch();
            return None;
        }
        let len = len_of(&data);
        self.record.state = ImageState::Downloading;
        self.record.size = Some(len);
        self.record.have = 0;
        self.hasher = Sha256::new();
        self.hasher.update(&data);
        self.phase = Phase::Storing { len, end: true };
        Some(Step::Store { offset: 0, data })
    }

    pub(super) fn handle_result(&mut self, now: Instant, result: ImageResult, room: u64) -> Option<Step> {
        self.op = None;
        match (core::mem::replace(&mut self.phase, Phase::Idle), result) {
            (Phase::Reading { offset }, ImageResult::Block { data, end }) => self.was_read(offset, &data, end),
            // What cannot be read back is fetched again.
            (Phase::Reading { .. }, _) => {
                self.record.have = 0;
                self.begin()
            }
            (Phase::Fetching, ImageResult::Block { data, end }) => self.was_fetched(now, data, end, room),
            (Phase::Fetching, ImageResult::Failed(failure)) => self.fetch_failed(now, failure),
            (Phase::Storing { len, end }, ImageResult::Done) => {
                self.record.have = self.record.have.saturating_add(len);
                if end { self.verify() } else { self.fetch() }
            }
            (Phase::Finalizing, ImageResult::Done) => {
                self.record.state = ImageState::Ready;
                self.record.code = ResultCode::SUCCESS;
                self.record.size = Some(self.record.have);
                None
            }
            (Phase::Storing { .. } | Phase::Finalizing, ImageResult::Failed(ImageFailure::NoSpace)) => {
                self.fail(ResultCode::STORE_FULL)
            }
            (Phase::Idle | Phase::Pausing { .. }, _) => None,
            _ => self.fail(ResultCode::INTERNAL_ERROR),
        }
    }

    fn was_read(&mut self, offset: u64, data: &[u8], end: bool) -> Option<Step> {
        let left = self.record.have.saturating_sub(offset);
        let useful = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        self.hasher.update(data.get(..useful).unwrap_or_default());
        let offset = offset.saturating_add(len_of(data)).min(self.record.have);
        if offset >= self.record.have {
            return if self.record.size == Some(self.record.have) { self.verify() } else { self.fetch() };
        }
        if end || data.is_empty() {
            // The file is shorter than the record says: what is there counts.
            self.record.have = offset;
            return self.fetch();
        }
        self.phase = Phase::Reading { offset };
        Some(Step::Read { offset })
    }

    fn was_fetched(&mut self, now: Instant, data: Bytes, end: bool, room: u64) -> Option<Step> {
        let len = len_of(&data);
        if len == 0 && !end {
            return self.fetch_failed(now, ImageFailure::Temporary);
        }
        let after = self.record.have.saturating_add(len);
        if after > room {
            return self.fail(ResultCode::STORE_FULL);
        }
        match self.record.size {
            // More than there should be cannot have the right digest.
            Some(size) if after > size => {
                self.mismatch();
                return None;
            }
            // The source closed early; what came is good.
            Some(size) if end && after < size && len == 0 => return self.fetch_failed(now, ImageFailure::Temporary),
            _ => {}
        }
        let end = self.record.size.map_or(end, |size| after == size);
        if len == 0 {
            return self.verify();
        }
        self.tries = 0;
        self.hasher.update(&data);
        self.phase = Phase::Storing { len, end };
        Some(Step::Store { offset: self.record.have, data })
    }

    fn fetch(&mut self) -> Option<Step> {
        let Some(url) = self.record.source.clone() else { return self.fail(ResultCode::BAD_URL) };
        self.phase = Phase::Fetching;
        Some(Step::Fetch { url, offset: self.record.have })
    }

    fn fetch_failed(&mut self, now: Instant, failure: ImageFailure) -> Option<Step> {
        match failure {
            ImageFailure::Temporary if self.tries + 1 < MAX_TRIES => {
                let pause = FIRST_PAUSE.saturating_mul(1 << self.tries.min(16)).min(LONGEST_PAUSE);
                self.tries += 1;
                self.phase = Phase::Pausing { until: now + pause };
                None
            }
            ImageFailure::Temporary => self.fail(ResultCode::DOWNLOAD_FAILED),
            ImageFailure::Unauthorized => self.fail(ResultCode::SOURCE_REFUSED),
            ImageFailure::BadUrl => self.fail(ResultCode::BAD_URL),
            ImageFailure::NoSpace => self.fail(ResultCode::STORE_FULL),
            ImageFailure::Storage => self.fail(ResultCode::INTERNAL_ERROR),
        }
    }

    fn verify(&mut self) -> Option<Step> {
        let found = ImageHash::new(core::mem::take(&mut self.hasher).finalize().into());
        if found != self.record.hash {
            self.mismatch();
            return None;
        }
        self.phase = Phase::Finalizing;
        Some(Step::Finalize { size: self.record.have })
    }

    fn mismatch(&mut self) {
        self.phase = Phase::Idle;
        self.record.state = ImageState::VerifyFailed;
        self.record.code = ResultCode::HASH_MISMATCH;
        self.record.have = 0;
        self.dropped = true;
    }

    /// The download is over; what is stored stays for the next one.
    fn fail(&mut self, code: ResultCode) -> Option<Step> {
        self.phase = Phase::Idle;
        self.record.state = ImageState::DownloadFailed;
        self.record.code = code;
        None
    }
}

fn len_of(data: &[u8]) -> u64 {
    u64::try_from(data.len()).unwrap_or(u64::MAX)
}
