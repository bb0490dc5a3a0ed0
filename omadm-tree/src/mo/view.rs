//! Reading and writing objects by typed keys.
//!
//! A [`Key`] is the address of a leaf below an object, or below an entry of one, with the type of its value. The keys of an
//! object are constants beside its table; what they name is read from a [`MoView`] and written through a [`MoMut`].
//!
//! ```
//! use omadm_tree::Tree;
//! use omadm_tree::mo::{LAWMO, LawmoState, LawmoView, MoMut};
//!
//! let mut tree = Tree::builder().mo(LAWMO.instance("./LAWMO")).build()?;
//! let root = LawmoView::find(&tree).ok_or("no such object")?.uri();
//! MoMut::at(&mut tree, root).write(LawmoView::STATE, LawmoState::FULLY_LOCKED)?;
//! let view = LawmoView::find(&tree).ok_or("it is gone")?;
//! assert_eq!(view.read(LawmoView::STATE), Some(LawmoState::FULLY_LOCKED));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::string::{String, ToString as _};
use core::fmt;
use core::marker::PhantomData;

use super::moi;
use crate::node::NodeRef;
use crate::tree::{LocalError, Tree};
use crate::uri::NodeUri;
use crate::value::LeafValue;

/// An object in a tree, or an entry of one, to read.
#[derive(Clone, Copy)]
pub struct MoView<'t> {
    root: NodeRef<'t>,
}

/// An object in a tree, or an entry of one, that the device writes.
#[derive(Debug)]
pub struct MoMut<'t> {
    tree: &'t mut Tree,
    root: NodeUri,
}

/// The address of a leaf below an object or an entry, with the type of its value.
pub struct Key<T: ?Sized> {
    below: &'static str,
    value: PhantomData<fn() -> *const T>,
}

/// A type that leaves hold.
pub trait LeafType {
    /// What is read and written.
    type Value<'t>: Into<LeafValue>;

    /// The value of `bytes`; `None` when they are none of this type.
    fn read(bytes: &[u8]) -> Option<Self::Value<'_>>;
}

impl<'t> MoView<'t> {
    /// What has its root at `root`.
    #[must_use]
    pub const fn at(root: NodeRef<'t>) -> Self {
        Self { root }
    }

    /// The objects of `tree` that have one of these identifiers \[mo 1.3\].
    pub fn all(tree: &'t Tree, mois: &'static [&'static str]) -> impl Iterator<Item = Self> + use<'t> {
        mois.iter().flat_map(move |moi| tree.with_type(moi)).map(Self::at)
    }

    /// The object with one of these identifiers that `node` is or lies in: what an Exec on one of its operations means.
    #[must_use]
    pub fn around(node: NodeRef<'t>, mois: &[&str]) -> Option<Self> {
        let mut at = node;
        while !(at.is_interior() && mois.contains(&moi::canonical(at.type_name()))) {
            at = at.parent()?;
        }
        Some(Self { root: at })
    }

    /// The root.
    #[must_use]
    pub const fn root(self) -> NodeRef<'t> {
        self.root
    }

    /// The address of the root.
    #[must_use]
    pub fn uri(self) -> NodeUri {
        self.root.uri()
    }

    /// The name of the root: how an entry is called.
    #[must_use]
    pub fn name(self) -> &'t str {
        self.root.name()
    }

    /// The address of `below` as text for [`Tree::set`].
    #[must_use]
    pub fn path(self, below: &str) -> String {
        let mut path = self.uri().to_string();
        path.push('/');
        path.push_str(below);
        path
    }

    /// The node `below` the root, for example `Download/PkgURL`.
    #[must_use]
    pub fn node(self, below: &str) -> Option<NodeRef<'t>> {
        below.split('/').try_fold(self.root, NodeRef::child)
    }

    /// The value of `key`; `None` when there is no such leaf, or it holds something else.
    #[must_use]
    pub fn read<T: LeafType + ?Sized>(self, key: Key<T>) -> Option<T::Value<'t>> {
        T::read(self.node(key.below)?.value()?)
    }

    /// The text of `key`, if it is not empty.
    #[must_use]
    pub fn text(self, key: Key<str>) -> Option<&'t str> {
        self.read(key).filter(|text| !text.is_empty())
    }

    /// The bytes of `key`, if there are any.
    #[must_use]
    pub fn filled(self, key: Key<[u8]>) -> Option<&'t [u8]> {
        self.read(key).filter(|bytes| !bytes.is_empty())
    }

    /// The entries of the list `below`, by name: its interior children.
    #[must_use]
    pub fn entries(self, below: &str) -> impl DoubleEndedIterator<Item = Self> + use<'t> {
        let list = self.node(below);
        list.into_iter().flat_map(NodeRef::children).filter(|node| node.is_interior()).map(Self::at)
    }

    /// The names from the root to `node`; `None` when it does not lie in here.
    pub(super) fn names_to(self, node: NodeRef<'t>) -> Option<alloc::vec::Vec<&'t str>> {
        let mut names = alloc::vec::Vec::new();
        let mut at = node;
        while at.id() != self.root.id() {
            names.push(at.name());
            at = at.parent()?;
        }
        names.reverse();
        Some(names)
    }
}

impl<'t> MoMut<'t> {
    /// What has its root at `root`.
    #[must_use]
    pub const fn at(tree: &'t mut Tree, root: NodeUri) -> Self {
        Self { tree, root }
    }

    /// Writes the leaf `key`.
    ///
    /// # Errors
    /// When there is no such leaf, or the tree has no room.
    pub fn write<T: LeafType + ?Sized>(&mut self, key: Key<T>, value: T::Value<'_>) -> Result<(), LocalError> {
        self.tree.set(&self.root.join(key.below)?.to_string(), value)
    }

    /// Removes the node `below` the root, for example an entry.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn remove(&mut self, below: &str) -> Result<(), LocalError> {
        self.tree.remove(&self.root.join(below)?.to_string())
    }

    /// The same object to read.
    #[must_use]
    pub fn view(&self) -> Option<MoView<'_>> {
        self.tree.node_at(&self.root).map(MoView::at)
    }
}

impl<T: ?Sized> Key<T> {
    /// The leaf `below`.
    #[must_use]
    pub const fn new(below: &'static str) -> Self {
        Self { below, value: PhantomData }
    }

    /// The address below the object or entry.
    #[must_use]
    pub const fn below(self) -> &'static str {
        self.below
    }
}

impl<T: ?Sized> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Key<T> {}

impl<T: ?Sized> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.below)
    }
}

impl LeafType for str {
    type Value<'t> = &'t Self;

    fn read(bytes: &[u8]) -> Option<&Self> {
        core::str::from_utf8(bytes).ok()
    }
}

impl LeafType for [u8] {
    type Value<'t> = &'t Self;

    fn read(bytes: &[u8]) -> Option<&Self> {
        Some(bytes)
    }
}

impl LeafType for bool {
    type Value<'t> = Self;

    fn read(bytes: &[u8]) -> Option<Self> {
        match bytes {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }
}

impl LeafType for u32 {
    type Value<'t> = Self;

    fn read(bytes: &[u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

/// Makes open numbers (made by `wire_codes!`) values of leaves, in format `int`.
macro_rules! leaf_codes {
    ($($name:ident),*) => {
        $(
            impl crate::mo::LeafType for $name {
                type Value<'t> = Self;

                fn read(bytes: &[u8]) -> Option<Self> {
                    core::str::from_utf8(bytes).ok()?.parse().ok().map(Self::from_u16)
                }
            }

            impl From<$name> for crate::value::LeafValue {
                fn from(code: $name) -> Self {
                    code.as_u16().into()
                }
            }
        )*
    };
}
pub(super) use leaf_codes;

/// Makes a typed view of the objects with these identifiers: a [`MoView`] with keys of its own.
macro_rules! typed_view {
    ($(#[$attribute:meta])* $name:ident: [$($moi:expr),+]) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<'t>(crate::mo::MoView<'t>);

        impl<'t> $name<'t> {
            /// The identifiers of the object.
            pub const MOIS: &'static [&'static str] = &[$($moi),+];

            /// What has its root at `root`.
            #[must_use]
            pub const fn at(root: crate::node::NodeRef<'t>) -> Self {
                Self(crate::mo::MoView::at(root))
            }

            /// The objects of `tree`, found by their identifiers.
            pub fn all(tree: &'t crate::tree::Tree) -> impl Iterator<Item = Self> + use<'t> {
                crate::mo::MoView::all(tree, Self::MOIS).map(Self)
            }

            /// The first object of `tree`.
            #[must_use]
            pub fn find(tree: &'t crate::tree::Tree) -> Option<Self> {
                Self::all(tree).next()
            }

            /// The object that `node` is or lies in: what an Exec on one of its operations means.
            #[must_use]
            pub fn around(node: crate::node::NodeRef<'t>) -> Option<Self> {
                crate::mo::MoView::around(node, Self::MOIS).map(Self)
            }
        }

        impl<'t> core::ops::Deref for $name<'t> {
            type Target = crate::mo::MoView<'t>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}
pub(super) use typed_view;

impl fmt::Debug for MoView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MoView({})", self.uri())
    }
}
