//! Element names as a space and a token, and the lookup from names.

use core::fmt;

use super::{ddf, devinf, metinf, provisioning, syncml};

/// The name spaces of element names: each is one code page in WBXML and one namespace in XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Space {
    /// SyncML: the message itself.
    SyncMl,
    /// MetInf: what stands in Meta.
    MetInf,
    /// DM DDF and TNDS: descriptions and serialized trees.
    DmDdf,
    /// DevInf: capabilities in data synchronisation.
    DevInf,
    /// OMA Client Provisioning.
    Provisioning,
}

impl Space {
    /// All of them, in the order in which they are tried for a name that nothing else settles.
    pub(crate) const ALL: [Self; 5] = [Self::SyncMl, Self::MetInf, Self::DmDdf, Self::DevInf, Self::Provisioning];

    /// How many there are.
    #[cfg(feature = "wbxml")]
    pub(crate) const COUNT: usize = Self::ALL.len();

    const fn table(self) -> &'static Table {
        match self {
            Self::SyncMl => &syncml::TABLE,
            Self::MetInf => &metinf::TABLE,
            Self::DmDdf => &ddf::TABLE,
            Self::DevInf => &devinf::TABLE,
            Self::Provisioning => &provisioning::TABLE,
        }
    }

    /// Its tags, for looking up many tokens.
    #[cfg(feature = "wbxml")]
    pub(crate) const fn tags(self) -> TagSet {
        TagSet { space: self, known: self.table().known }
    }

    /// The XML namespace that is written; `None` for provisioning documents, which have none.
    ///
    /// SyncML itself has one namespace a version; this is that of 1.2.
    #[must_use]
    pub const fn namespace(self) -> Option<&'static str> {
        match self {
            Self::SyncMl => Some("SYNCML:SYNCML1.2"),
            Self::MetInf => Some("syncml:metinf"),
            Self::DmDdf => Some("syncml:dmddf1.2"),
            Self::DevInf => Some("syncml:devinf"),
            Self::Provisioning => None,
        }
    }

    /// The space that a namespace name means; versions, case and white space at the ends are ignored, and `metinfo` is
    /// taken for `metinf` \[windows-quirks L1, L1b, L5\].
    #[must_use]
    pub fn from_namespace(uri: &str) -> Option<Self> {
        let starts_with = |prefix: &str| uri.trim().get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
        if starts_with("syncml:syncml") {
            Some(Self::SyncMl)
        } else if starts_with("syncml:metinf") {
            Some(Self::MetInf)
        } else if starts_with("syncml:dmddf") {
            Some(Self::DmDdf)
        } else if starts_with("syncml:devinf") {
            Some(Self::DevInf)
        } else {
            None
        }
    }
}

/// One known element name: a space and its WBXML token (0x05 to 0x3F).
///
/// The constants stand beside their tables: [`syncml::ADD`], [`metinf::FORMAT`], [`ddf::MGMT_TREE`], ...
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    space: Space,
    token: u8,
}

impl Tag {
    /// For the tables only, which give every tag its name.
    pub(super) const fn new(space: Space, token: u8) -> Self {
        Self { space, token }
    }

    /// The element with `token` in `space`, if there is one.
    #[must_use]
    pub fn from_token(space: Space, token: u8) -> Option<Self> {
        space.table().name(token).map(|_| Self { space, token })
    }

    /// The element called `name` in `space`, if there is one; case matters. DevInf before 1.2 says `Size` for `MaxSize`.
    #[must_use]
    pub fn from_name(space: Space, name: &str) -> Option<Self> {
        let name = if (space, name) == (Space::DevInf, "Size") { "MaxSize" } else { name };
        space.table().token(name).map(|token| Self { space, token })
    }

    /// The names of `space` by token, empty where there is none, for tables that are made from them.
    pub(crate) const fn names(space: Space) -> &'static [&'static str; 64] {
        &space.table().names
    }

    /// The space.
    #[must_use]
    pub const fn space(self) -> Space {
        self.space
    }

    /// The WBXML token, without the content and attribute bits.
    #[must_use]
    pub const fn token(self) -> u8 {
        self.token
    }

    /// Whether WBXML writers use its token: those of device extensions are only read \[wbxml 3\].
    #[cfg(feature = "wbxml")]
    pub(crate) const fn is_written(self) -> bool {
        !matches!((self.space, self.token), (Space::MetInf, 0x17..=0x1A))
    }

    /// The element name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.space.table().name(self.token).unwrap_or_default()
    }
}

/// The tags of one space by token.
#[cfg(feature = "wbxml")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct TagSet {
    space: Space,
    /// A bit for every token that has a name.
    known: u64,
}

#[cfg(feature = "wbxml")]
impl TagSet {
    /// No tags at all.
    pub(crate) const NONE: Self = Self { space: Space::SyncMl, known: 0 };

    /// Whether the low six bits of `token` are a tag.
    #[inline]
    pub(crate) const fn has(self, token: u8) -> bool {
        (self.known >> (token & 0x3F)) & 1 == 1
    }

    /// The tag with the low six bits of `token`, which [`Self::has`] has found.
    #[inline]
    pub(crate) const fn tag(self, token: u8) -> Tag {
        Tag { space: self.space, token: token & 0x3F }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}:{}", self.space, self.name())
    }
}

/// The names of one space by token, and a hash index from names to tokens that is built at compile time.
#[derive(Debug)]
pub(super) struct Table {
    names: [&'static str; 64],
    index: [u8; SLOTS],
    /// A bit for every token that has a name.
    #[cfg(feature = "wbxml")]
    known: u64,
}

/// Slots of the index, a power of two: more than four times the names of the largest space.
const SLOTS: usize = 256;

impl Table {
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated at compile time, where an index out of bounds is a compile error; tokens are below 64"
    )]
    pub(super) const fn new(entries: &[(u8, &'static str)]) -> Self {
        let mut table = Self {
            names: [""; 64],
            index: [0; SLOTS],
            #[cfg(feature = "wbxml")]
            known: 0,
        };
        let mut entry = 0;
        while entry < entries.len() {
            let (token, name) = entries[entry];
            table.names[token as usize] = name;
            #[cfg(feature = "wbxml")]
            {
                table.known |= 1 << token;
            }
            let mut slot = slot_of(name.as_bytes());
            while table.index[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            table.index[slot] = token;
            entry += 1;
        }
        table
    }

    fn name(&self, token: u8) -> Option<&'static str> {
        self.names.get(usize::from(token)).copied().filter(|name| !name.is_empty())
    }

    fn token(&self, name: &str) -> Option<u8> {
        let mut slot = slot_of(name.as_bytes());
        loop {
            let token = self.index.get(slot).copied().filter(|token| *token != 0)?;
            if self.names.get(usize::from(token)).is_some_and(|known| *known == name) {
                return Some(token);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// Where the search for a name starts: its length and its first, middle and last byte tell most names apart.
const fn slot_of(name: &[u8]) -> usize {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return 0;
    };
    #[expect(clippy::indexing_slicing, reason = "the name is not empty, so its middle exists")]
    let middle = name[name.len() / 2] as usize;
    (name.len() * 37 + *first as usize * 5 + middle * 11 + *last as usize * 23) % SLOTS
}

/// The constants and the table of one space.
macro_rules! tag_table {
    ($space:path, $($token:literal $constant:ident $name:literal,)*) => {
        $(
            #[doc = concat!("`", $name, "`, token ", stringify!($token))]
            pub const $constant: $crate::element::Tag = $crate::element::tag::Tag::new($space, $token);
        )*

        pub(super) static TABLE: $crate::element::tag::Table =
            $crate::element::tag::Table::new(&[$(($token, $name)),*]);
    };
}
pub(super) use tag_table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tokens_find_each_other() {
        for space in [Space::SyncMl, Space::MetInf, Space::DmDdf, Space::DevInf, Space::Provisioning] {
            let tags = (0..64).filter_map(|token| Tag::from_token(space, token));
            assert!(tags.clone().count() > 2);
            for tag in tags {
                assert_eq!(Tag::from_name(space, tag.name()), Some(tag));
            }
        }
    }

    #[test]
    fn names_differ_by_case() {
        assert_eq!(Tag::from_name(Space::DmDdf, "Node").map(Tag::token), Some(0x24));
        assert_eq!(Tag::from_name(Space::DmDdf, "node").map(Tag::token), Some(0x25));
        assert_eq!(Tag::from_name(Space::SyncMl, "syncml"), None);
        assert_eq!(Tag::from_name(Space::SyncMl, ""), None);
    }

    #[test]
    fn namespaces_are_recognised_in_the_spellings_of_real_peers() {
        assert_eq!(Space::from_namespace("SYNCML:SYNCML1.1"), Some(Space::SyncMl));
        assert_eq!(Space::from_namespace("syncml:syncml1.2  "), Some(Space::SyncMl));
        assert_eq!(Space::from_namespace("syncml:metinfo"), Some(Space::MetInf));
        assert_eq!(Space::from_namespace("syncml:dmddf"), Some(Space::DmDdf));
        assert_eq!(Space::from_namespace("http://schemas.microsoft.com/MobileDevice/MDM"), None);
    }
}
