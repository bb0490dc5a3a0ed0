//! The tags of all known elements, spelt out at compile time.

use alloc::vec::Vec;

use crate::element::{Space, Tag};

/// The tags of one element, filled up to a fixed length: copying a constant number of bytes takes a few instructions, copying
/// as many as a name has takes a call.
#[derive(Clone, Copy)]
pub(super) struct Tags {
    start: [u8; WIDTH],
    end: [u8; WIDTH],
    name_len: u8,
}

/// Room for `</SupportHierarchicalSync>`, the longest.
const WIDTH: usize = 32;

/// How many spaces there are.
const SPACES: usize = 5;

static TAGS: [[Tags; 64]; SPACES] =
    [all(Space::SyncMl), all(Space::MetInf), all(Space::DmDdf), all(Space::DevInf), all(Space::Provisioning)];

/// What stands for a tag that no table has.
static NONE: Tags = Tags::new("");

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, where an index out of bounds is a compile error"
)]
const fn all(space: Space) -> [Tags; 64] {
    let names = Tag::names(space);
    let mut all = [Tags::new(""); 64];
    let mut token = 0;
    while token < all.len() {
        all[token] = Tags::new(names[token]);
        token += 1;
    }
    all
}

impl Tags {
    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "evaluated at compile time, where an index out of bounds is a compile error, so names are short"
    )]
    const fn new(name: &str) -> Self {
        let name = name.as_bytes();
        let mut tags = Self { start: [b' '; WIDTH], end: [b' '; WIDTH], name_len: name.len() as u8 };
        tags.start[0] = b'<';
        tags.end[0] = b'<';
        tags.end[1] = b'/';
        let mut at = 0;
        while at < name.len() {
            tags.start[at + 1] = name[at];
            tags.end[at + 2] = name[at];
            at += 1;
        }
        tags.start[at + 1] = b'>';
        tags.end[at + 2] = b'>';
        tags
    }

    /// The tags of `tag`.
    #[inline]
    pub(super) fn of(tag: Tag) -> &'static Self {
        let space = TAGS.get(tag.space() as usize);
        space.and_then(|tags| tags.get(usize::from(tag.token()))).unwrap_or(&NONE)
    }

    /// Appends the start tag.
    #[inline]
    pub(super) fn start(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.start);
        out.truncate(out.len() - WIDTH + usize::from(self.name_len) + 2);
    }

    /// Appends the end tag.
    #[inline]
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.end);
        out.truncate(out.len() - WIDTH + usize::from(self.name_len) + 3);
    }
}
