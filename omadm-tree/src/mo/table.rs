//! Node tables: a management object as data \[mo 1.3, dm 10.1\].
//!
//! A [`NodeRow`] says what a device description says of a node, and how certain the fact sheet is of it. An [`ObjectTable`]
//! is an identifier with rows in parts, so that a table with other rows takes the place of one of ours, or a vendor's part
//! is put behind the standard's:
//!
//! ```
//! use omadm_proto::message::Format;
//! use omadm_tree::AccessType;
//! use omadm_tree::ddf::Occurrence;
//! use omadm_tree::mo::{FUMO_ROWS, Fumo, NodeRow, ObjectTable};
//!
//! const SEVERITY: &[NodeRow<'_>] = &[
//!     NodeRow::new("Ext/Severity", Format::Int, AccessType::GET_REPLACE, Occurrence::ZeroOrOne)
//!         .within(2, 3)
//!         .about("2 mandatory, 3 optional"),
//! ];
//! const OURS: ObjectTable<'_> = ObjectTable::new("FUMO", Fumo::MOI, &[FUMO_ROWS, SEVERITY]);
//! assert_eq!(OURS.row("Ext/Severity").map(|row| row.format), Some(Format::Int));
//! ```
//!
//! Invariants, held for our tables by a test: the first row is the root, a row stands after that of its parent, only
//! interior nodes have rows below them.

use omadm_proto::message::Format;

use super::instance::Instance;
use crate::ddf::Occurrence;
use crate::node::{AccessType, NodeSpec, Scope};
use crate::value::{LeafValue, fits};

/// The placeholder for a name given at run time.
pub(crate) const ANY_NAME: &str = "<x>";

pub(super) const G: AccessType = AccessType::GET;
pub(super) const R: AccessType = AccessType::REPLACE;
pub(super) const E: AccessType = AccessType::EXEC;
pub(super) const GR: AccessType = AccessType::GET_REPLACE;
pub(super) const GE: AccessType = AccessType::GET.union(AccessType::EXEC);
pub(super) const AR: AccessType = AccessType::ADD.union(AccessType::REPLACE);
pub(super) const AGR: AccessType = AccessType::ADD.union(AccessType::GET_REPLACE);
pub(super) const ADGR: AccessType = AGR.union(AccessType::DELETE);

/// Which values a leaf takes, beyond what its format says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Allowed<'t> {
    /// All of the format.
    Any,
    /// Whole numbers from the first to the second.
    Within(i64, i64),
    /// One of these words.
    OneOf(&'t [&'t str]),
}

/// How the fact sheet knows a row: its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Certainty {
    /// Seen in a standard's text or in several implementations.
    Seen,
    /// Known, although not seen.
    Known,
    /// Not certain: something of the row is a guess, and its description says what.
    Unsure,
    /// Our own layout; no standard.
    House,
}

/// Which children an interior node may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a node is open or it is not")]
pub enum Children {
    /// Those that have rows.
    Listed,
    /// Any besides: the node is there for what vendors or bearers add.
    Open,
}

/// One node of a management object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeRow<'t> {
    /// The names from the root, `Download/<x>/PkgID`; `<x>` stands for any name, the empty text for the root itself.
    pub path: &'t str,
    /// The format that we give it.
    pub format: Format,
    /// Formats that other implementations give it; a check accepts them.
    pub also: &'t [Format],
    /// The commands that it takes; the standard's minimum, to which a device may add. Add: it may be created by a server.
    pub access: AccessType,
    /// How often it may be there.
    pub occurrence: Occurrence,
    /// Whether servers may create and delete it.
    pub scope: Scope,
    /// The value of a leaf that nobody wrote.
    pub default: &'t str,
    /// Which values it takes.
    pub allowed: Allowed<'t>,
    /// Which children it may have.
    pub children: Children,
    /// How the fact sheet knows it.
    pub certainty: Certainty,
    /// What it means; the description in a DDF.
    pub about: &'t str,
}

/// A management object: its identifier and its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectTable<'t> {
    /// A short name for people.
    pub name: &'t str,
    /// The identifier: the Type of the root.
    pub moi: &'t str,
    /// The rows, in parts; the first row of the first part is the root.
    pub parts: &'t [&'t [NodeRow<'t>]],
}

impl Allowed<'_> {
    /// Whether `value` is among them.
    #[must_use]
    pub fn admit(self, value: &[u8]) -> bool {
        let text = || core::str::from_utf8(value).ok();
        match self {
            Self::Any => true,
            Self::Within(least, most) => {
                text().and_then(|text| text.parse().ok()).is_some_and(|number: i64| (least..=most).contains(&number))
            }
            Self::OneOf(words) => text().is_some_and(|text| words.contains(&text)),
        }
    }
}

impl<'t> NodeRow<'t> {
    /// A dynamic node without default, seen in a source.
    #[must_use]
    pub const fn new(path: &'t str, format: Format, access: AccessType, occurrence: Occurrence) -> Self {
        Self {
            path,
            format,
            also: &[],
            access,
            occurrence,
            scope: Scope::Dynamic,
            default: "",
            allowed: Allowed::Any,
            children: Children::Listed,
            certainty: Certainty::Seen,
            about: "",
        }
    }

    /// The same as a permanent node.
    #[must_use]
    pub const fn fixed(path: &'t str, format: Format, access: AccessType, occurrence: Occurrence) -> Self {
        Self { scope: Scope::Permanent, ..Self::new(path, format, access, occurrence) }
    }

    /// The same, there so often.
    #[must_use]
    pub const fn occurs(self, occurrence: Occurrence) -> Self {
        Self { occurrence, ..self }
    }

    /// The same with formats that others use.
    #[must_use]
    pub const fn also(self, formats: &'t [Format]) -> Self {
        Self { also: formats, ..self }
    }

    /// The same with a default.
    #[must_use]
    pub const fn default(self, value: &'t str) -> Self {
        Self { default: value, ..self }
    }

    /// The same for whole numbers from `least` to `most`.
    #[must_use]
    pub const fn within(self, least: i64, most: i64) -> Self {
        Self { allowed: Allowed::Within(least, most), ..self }
    }

    /// The same for these words.
    #[must_use]
    pub const fn one_of(self, words: &'t [&'t str]) -> Self {
        Self { allowed: Allowed::OneOf(words), ..self }
    }

    /// The same with room for what vendors add.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { children: Children::Open, ..self }
    }

    /// The same, known in another way.
    #[must_use]
    pub const fn certainty(self, certainty: Certainty) -> Self {
        Self { certainty, ..self }
    }

    /// The same with a description.
    #[must_use]
    pub const fn about(self, about: &'t str) -> Self {
        Self { about, ..self }
    }

    /// The names from the root, none for the root itself.
    #[must_use]
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &'t str> + use<'t> {
        self.path.split('/').filter(|name| !name.is_empty())
    }

    /// Whether a node of `format` is what the row says.
    #[must_use]
    pub fn admits_format(&self, format: Format) -> bool {
        self.format == format || self.also.contains(&format)
    }

    /// The node that the row describes, with its default. Binary leaves take any MIME type: no standard names one.
    #[must_use]
    pub fn spec(&self) -> NodeSpec {
        self.spec_with(LeafValue::new(self.format, self.initial()))
    }

    /// The same holding `value`, which nothing but the format of the row binds to a format.
    pub(super) fn spec_with(&self, value: LeafValue) -> NodeSpec {
        let leaf = || NodeSpec::leaf(self.format, LeafValue::new(self.format, value.into_bytes()));
        let spec = match self.format {
            Format::Node => NodeSpec::interior(),
            Format::Bin => leaf().of_type(self.mime()).any_type(),
            Format::B64
            | Format::Bool
            | Format::Chr
            | Format::Int
            | Format::Null
            | Format::Xml
            | Format::Date
            | Format::Time
            | Format::Float => leaf().of_type(self.mime()),
        };
        spec.access(self.access).scope(self.scope)
    }

    /// The MIME type of a leaf; no standard object names another.
    pub(super) const fn mime(&self) -> &'static str {
        match self.format {
            Format::Bin => "application/octet-stream",
            Format::Xml => "application/xml",
            Format::B64
            | Format::Bool
            | Format::Chr
            | Format::Int
            | Format::Node
            | Format::Null
            | Format::Date
            | Format::Time
            | Format::Float => "text/plain",
        }
    }

    /// The default, or what a leaf without one holds in this format.
    fn initial(&self) -> &'t str {
        match (self.default, self.format) {
            ("", Format::Int | Format::Float) => "0",
            ("", Format::Bool) => "false",
            (default, _) => default,
        }
    }

    /// The names below the node at `path`; `None` when the row does not lie there.
    pub(super) fn below(&self, path: &str) -> Option<&'t str> {
        if path.is_empty() {
            return (!self.path.is_empty()).then_some(self.path);
        }
        self.path.strip_prefix(path)?.strip_prefix('/')
    }
}

impl<'t> ObjectTable<'t> {
    /// The object `name` with the identifier `moi` and these rows.
    #[must_use]
    pub const fn new(name: &'t str, moi: &'t str, parts: &'t [&'t [NodeRow<'t>]]) -> Self {
        Self { name, moi, parts }
    }

    /// The same nodes under another identifier: another version, or one function of several that are built alike.
    #[must_use]
    pub const fn with_moi(self, moi: &'t str) -> Self {
        Self { moi, ..self }
    }

    /// All rows, a parent before its children.
    pub fn rows(self) -> impl Iterator<Item = &'t NodeRow<'t>> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// The row written `path`.
    #[must_use]
    pub fn row(self, path: &str) -> Option<&'t NodeRow<'t>> {
        self.rows().find(|row| row.path == path)
    }

    /// The row that describes the node at `path` below the root: `Download/p1/PkgID` has that of `Download/<x>/PkgID`.
    #[must_use]
    pub fn row_for(self, path: &str) -> Option<&'t NodeRow<'t>> {
        let names = path.split('/').filter(|name| !name.is_empty());
        let matches = |row: &&NodeRow<'t>| {
            let mut ours = row.names();
            names.clone().all(|name| ours.next().is_some_and(|our| our == ANY_NAME || our == name))
                && ours.next().is_none()
        };
        // A name of the table goes before the placeholder beside it.
        let exact = |row: &&NodeRow<'t>| row.names().eq(names.clone());
        self.rows().find(exact).or_else(|| self.rows().find(matches))
    }

    /// The rows of the children of the node that has the row `path`.
    pub fn children_of<'p>(self, path: &'p str) -> impl Iterator<Item = &'t NodeRow<'t>> + use<'t, 'p> {
        self.rows().filter(move |row| row.below(path).is_some_and(|below| !below.contains('/')))
    }

    /// The rows of which something is a guess: what to look up before relying on it.
    pub fn unsure(self) -> impl Iterator<Item = &'t NodeRow<'t>> {
        self.rows().filter(|row| row.certainty == Certainty::Unsure)
    }

    /// An object at `root`, to be filled and put into a tree.
    pub fn instance(self, root: &str) -> Instance<'t> {
        Instance::new(self, "", root)
    }

    /// One entry of an object that is there already: `row` is the path of its row, `Download/<x>`, and `at` its address.
    pub fn entry(self, row: &'t str, at: &str) -> Instance<'t> {
        Instance::new(self, row, at)
    }

    /// Whether what one row says is consistent with the others; what our own tables are tested for.
    #[must_use]
    pub fn is_sound(self) -> bool {
        let mut seen = alloc::vec::Vec::new();
        for row in self.rows() {
            let parent = row.path.rsplit_once('/').map_or("", |(above, _)| above);
            let under = seen.iter().find(|(path, _)| *path == parent);
            let hangs = if seen.is_empty() {
                row.path.is_empty()
            } else {
                !row.path.is_empty() && under.is_some_and(|(_, format)| *format == Format::Node)
            };
            let twice = seen.iter().any(|(path, _)| *path == row.path);
            let value = row.format == Format::Node || fits(row.format, row.initial().as_bytes());
            let admitted = row.default.is_empty() || row.allowed.admit(row.default.as_bytes());
            if !hangs || twice || !value || !admitted {
                return false;
            }
            seen.push((row.path, row.format));
        }
        true
    }
}
