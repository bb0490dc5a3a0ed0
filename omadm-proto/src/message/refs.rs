//! The references of a Status: nearly always none or one, so that those need no allocation.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Deref;

/// A list of URIs, used as a slice.
#[derive(Debug, Clone, Default)]
pub struct Refs<'a>(List<'a>);

#[derive(Debug, Clone, Default)]
enum List<'a> {
    #[default]
    None,
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Refs<'a> {
    /// No references.
    #[must_use]
    pub const fn new() -> Self {
        Self(List::None)
    }

    /// Appends `uri`.
    pub fn push(&mut self, uri: impl Into<Cow<'a, str>>) {
        let uri = uri.into();
        self.0 = match core::mem::take(&mut self.0) {
            List::None => List::One(uri),
            List::One(first) => List::Many(Vec::from([first, uri])),
            List::Many(mut all) => {
                all.push(uri);
                List::Many(all)
            }
        };
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Refs<'static> {
        let own = |uri: Cow<'a, str>| Cow::Owned(uri.into_owned());
        Refs(match self.0 {
            List::None => List::None,
            List::One(uri) => List::One(own(uri)),
            List::Many(all) => List::Many(all.into_iter().map(own).collect()),
        })
    }
}

impl<'a> Deref for Refs<'a> {
    type Target = [Cow<'a, str>];

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            List::None => &[],
            List::One(uri) => core::slice::from_ref(uri),
            List::Many(all) => all,
        }
    }
}

impl PartialEq for Refs<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Refs<'_> {}

impl<'a> Extend<Cow<'a, str>> for Refs<'a> {
    fn extend<I: IntoIterator<Item = Cow<'a, str>>>(&mut self, uris: I) {
        uris.into_iter().for_each(|uri| self.push(uri));
    }
}

impl<'a> FromIterator<Cow<'a, str>> for Refs<'a> {
    fn from_iter<I: IntoIterator<Item = Cow<'a, str>>>(uris: I) -> Self {
        let mut refs = Self::new();
        refs.extend(uris);
        refs
    }
}

impl<'a> From<Vec<Cow<'a, str>>> for Refs<'a> {
    fn from(uris: Vec<Cow<'a, str>>) -> Self {
        uris.into_iter().collect()
    }
}
