//! The two queries of a target: `?prop=<property>` and `?list=<attribute>` \[dm 4.5, 9.1, 9.4\].

use core::fmt;

use super::UriError;

/// What is asked of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// `?prop=`
    Property(Property),
    /// `?list=`
    List(ListQuery),
}

/// A property of a node \[dm 9.3\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "no new properties can be invented [dm 9.3]")]
pub enum Property {
    /// Who may do what.
    Acl,
    /// The format of the value.
    Format,
    /// The last segment of the URI.
    Name,
    /// The bytes of a leaf's value.
    Size,
    /// A text for people.
    Title,
    /// MIME type of a leaf, management object identifier of an interior node.
    Type,
    /// When the value changed last.
    TStamp,
    /// How often it changed, modulo 2^16.
    VerNo,
}

/// `?list=`: the attribute of a subtree query \[dm 4.5\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListQuery {
    /// Every node, without values.
    Struct,
    /// Every node, leaves with their values.
    StructData,
    /// The subtree as one serialized object.
    Tnds(TndsSelection),
}

/// What a TNDS query wants in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TndsSelection {
    wanted: u8,
    /// What the query named, to have or to leave out.
    named: u8,
}

/// Something that a TNDS query can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the RTProperties of a serialized tree and Value [dm 4.5]")]
pub enum TndsPart {
    /// ACL
    Acl,
    /// Format
    Format,
    /// Title
    Title,
    /// TStamp
    TStamp,
    /// Type
    Type,
    /// VerNo
    VerNo,
    /// Value
    Value,
}

impl Query {
    /// The query written as `text`, without the `?`. `+` and `-` are raw in it \[dm 4.5\].
    pub(crate) fn parse(text: &str) -> Result<Self, UriError> {
        match text.split_once('=') {
            _ if text.contains('?') => Err(UriError::Query),
            Some(("prop", name)) => Property::parse(name).map(Self::Property).ok_or(UriError::UnsupportedProperty),
            Some(("list", attribute)) => ListQuery::parse(attribute).map(Self::List),
            _ => Err(UriError::Query),
        }
    }
}

impl Property {
    /// All properties.
    pub const ALL: [Self; 8] =
        [Self::Acl, Self::Format, Self::Name, Self::Size, Self::Title, Self::Type, Self::TStamp, Self::VerNo];

    /// The property named `name`, exactly as on the wire.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|property| property.as_str() == name)
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acl => "ACL",
            Self::Format => "Format",
            Self::Name => "Name",
            Self::Size => "Size",
            Self::Title => "Title",
            Self::Type => "Type",
            Self::TStamp => "TStamp",
            Self::VerNo => "VerNo",
        }
    }
}

impl ListQuery {
    fn parse(attribute: &str) -> Result<Self, UriError> {
        match attribute {
            "Struct" => return Ok(Self::Struct),
            "StructData" => return Ok(Self::StructData),
            _ => {}
        }
        let parts = attribute.strip_prefix("TNDS").ok_or(UriError::UnsupportedList)?;
        TndsSelection::parse(parts).map(Self::Tnds)
    }
}

impl TndsSelection {
    /// Everything.
    pub const ALL: Self = Self { wanted: 0b0111_1111, named: 0 };

    /// Whether `part` is wanted.
    #[must_use]
    pub const fn contains(self, part: TndsPart) -> bool {
        self.wanted & part.bit() != 0
    }

    /// The same without `part`.
    #[cfg(any(feature = "xml", feature = "wbxml"))]
    pub(crate) const fn without(mut self, part: TndsPart) -> Self {
        self.wanted &= !part.bit();
        self
    }

    /// The parts that the query named, to have or to leave out.
    pub(crate) fn named(self) -> impl Iterator<Item = TndsPart> {
        TndsPart::ALL.into_iter().filter(move |part| self.named & part.bit() != 0)
    }

    fn parse(parts: &str) -> Result<Self, UriError> {
        let Some(sign) = parts.chars().next() else { return Ok(Self::ALL) };
        let other = match sign {
            '+' => '-',
            '-' => '+',
            _ => return Err(UriError::UnsupportedList),
        };
        if parts.contains(other) {
            return Err(UriError::MixedList);
        }
        let mut named = 0;
        for name in parts.split(sign).skip(1) {
            named |= TndsPart::parse(name).ok_or(UriError::UnsupportedList)?.bit();
        }
        Ok(Self { wanted: if sign == '+' { named } else { Self::ALL.wanted & !named }, named })
    }
}

impl TndsPart {
    /// All parts, in the order of the RTProperties, Value last.
    pub const ALL: [Self; 7] =
        [Self::Acl, Self::Format, Self::Title, Self::TStamp, Self::Type, Self::VerNo, Self::Value];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acl => "ACL",
            Self::Format => "Format",
            Self::Title => "Title",
            Self::TStamp => "TStamp",
            Self::Type => "Type",
            Self::VerNo => "VerNo",
            Self::Value => "Value",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == name)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Acl => 1,
            Self::Format => 1 << 1,
            Self::Title => 1 << 2,
            Self::TStamp => 1 << 3,
            Self::Type => 1 << 4,
            Self::VerNo => 1 << 5,
            Self::Value => 1 << 6,
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(property) => write!(f, "prop={property}"),
            Self::List(list) => write!(f, "list={list}"),
        }
    }
}

impl fmt::Display for ListQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Struct => f.write_str("Struct"),
            Self::StructData => f.write_str("StructData"),
            Self::Tnds(selection) => {
                f.write_str("TNDS")?;
                let left_out = selection.wanted == TndsSelection::ALL.wanted & !selection.named;
                let sign = if left_out { '-' } else { '+' };
                selection.named().try_for_each(|part| write!(f, "{sign}{}", part.as_str()))
            }
        }
    }
}
