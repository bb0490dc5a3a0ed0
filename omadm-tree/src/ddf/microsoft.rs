//! Microsoft's extensions of DDF v2: elements of <http://schemas.microsoft.com/MobileDevice/DM> in DFProperties.
//!
//! There is no standard for them; what is here is what descriptions of Windows hold. An extension that is not known, or does
//! not hold what it should, is left out.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

mod ranges;

pub use ranges::Ranges;

/// The namespace.
pub const NAMESPACE: &str = "http://schemas.microsoft.com/MobileDevice/DM";

/// What Microsoft says about a node beyond the standard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Extras {
    /// Where the node exists.
    pub applicability: Option<Applicability>,
    /// Which values it takes.
    pub allowed_values: Option<AllowedValues>,
    /// Which value counts when several servers set it.
    pub conflict_resolution: Option<ConflictResolution>,
    /// The Group Policy that does the same.
    pub gp_mapping: Option<GpMapping>,
    /// Where the name of a node without NodeName comes from.
    pub dynamic_node_naming: Option<DynamicNodeNaming>,
    /// What the node depends on.
    pub dependencies: Vec<DependencyGroup>,
    /// The node is set together with others in an Atomic only.
    pub atomic_required: bool,
    /// Whether setting it restarts the device.
    pub reboot_behavior: Option<RebootBehavior>,
    /// The node should not be used any more.
    pub deprecated: Option<Deprecated>,
}

/// Where a node exists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Applicability {
    /// The first version of Windows.
    pub os_build_version: Option<String>,
    /// The version of the configuration service provider.
    pub csp_version: Option<String>,
    /// The editions, as numbers between semicolons.
    pub edition_allow_list: Option<String>,
}

/// Which values a node takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllowedValues {
    /// What holds for a value, or for each part of it.
    pub rule: ValueRule,
    /// The value is a list: what stands between its parts.
    pub delimiter: Option<String>,
}

/// What holds for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueRule {
    /// `None`: any value. The text is an explanation.
    Any(Option<String>),
    /// `ENUM`: one of these.
    Enum(Vec<EnumValue>),
    /// `Flag`: the sum of any of these numbers.
    Flag(Vec<EnumValue>),
    /// `Range`: a number.
    Range(Ranges),
    /// `RegEx`: a text that the regular expression matches. `None` where none is given.
    RegEx(Option<String>),
    /// `ADMX`: what a policy file says.
    Admx(AdmxBacked),
    /// `XSD`: a document of this XML Schema.
    Xsd(String),
}

/// A value that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumValue {
    /// The value.
    pub value: String,
    /// What it means.
    pub description: Option<String>,
}

/// A policy that is described elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AdmxBacked {
    /// `Area`
    pub area: String,
    /// `Name`
    pub name: String,
    /// `File`
    pub file: String,
}

/// The Group Policy that does the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GpMapping {
    /// `GpEnglishName`
    pub english_name: Option<String>,
    /// `GpAreaPath`
    pub area_path: Option<String>,
    /// `GpElement`
    pub element: Option<String>,
}

/// Where the name of a node without NodeName comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DynamicNodeNaming {
    /// The server chooses a name that no sibling has, as the text explains.
    UniqueName(String),
    /// The server makes a unique identifier.
    ServerGeneratedUniqueIdentifier,
    /// The device names what it has.
    ClientInventory,
}

/// Nodes that this one depends on together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DependencyGroup {
    /// `FriendlyId`
    pub friendly_id: Option<String>,
    /// The values that are allowed while the dependencies hold.
    pub changed_allowed_values: Option<AllowedValues>,
    /// The dependencies.
    pub dependencies: Vec<Dependency>,
}

/// A node that this one depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Dependency {
    /// `Type`: `DependsOn` or `Not`, as far as is known.
    pub kind: Option<String>,
    /// The node, with names in brackets for those that are chosen.
    pub uri: Option<String>,
    /// The values that it must have.
    pub allowed_value: Option<AllowedValues>,
}

/// The node should not be used any more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Deprecated {
    /// `OsBuildDeprecated`: since which version of Windows.
    pub os_build: Option<String>,
}

/// Which value counts when several servers set it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictResolution {
    /// The latest.
    LastWrite,
    /// The lowest.
    LowestValueMostSecure,
    /// The highest.
    HighestValueMostSecure,
    /// The lowest, but 0 is worse than all others.
    LowestValueMostSecureZeroHasNoLimits,
    /// The highest, but 0 is better than all others.
    HighestValueMostSecureZeroHasNoLimits,
    /// Another word.
    Other(String),
}

/// Whether setting a node restarts the device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RebootBehavior {
    /// It does not.
    None,
    /// It does.
    Automatic,
    /// The server has to do it.
    ServerInitiated,
    /// Another word.
    Other(String),
}

impl AllowedValues {
    /// `rule` for the whole value.
    #[must_use]
    pub const fn new(rule: ValueRule) -> Self {
        Self { rule, delimiter: None }
    }

    /// `rule` for each part of a list.
    #[must_use]
    pub fn list(rule: ValueRule, delimiter: impl Into<String>) -> Self {
        Self { rule, delimiter: Some(delimiter.into()) }
    }

    /// Whether `value` is allowed. Regular expressions are asked of `matches`, which gets the expression and the value and
    /// has to know their dialect, which is that of .NET; policy files and XML Schemas are not asked.
    pub fn admit(&self, value: &str, matches: fn(&str, &str) -> bool) -> bool {
        match self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()) {
            Some(delimiter) => value.split(delimiter).all(|part| part.is_empty() || self.rule.admit(part, matches)),
            None => self.rule.admit(value, matches),
        }
    }
}

impl ValueRule {
    fn admit(&self, value: &str, matches: fn(&str, &str) -> bool) -> bool {
        match self {
            Self::Any(_) | Self::Admx(_) | Self::Xsd(_) | Self::RegEx(None) => true,
            Self::Enum(values) => values.iter().any(|allowed| allowed.value == value),
            Self::Flag(values) => {
                let bits =
                    values.iter().filter_map(|flag| flag.value.parse::<u64>().ok()).fold(0, |all, bit| all | bit);
                value.parse::<u64>().is_ok_and(|number| number & !bits == 0)
            }
            Self::Range(ranges) => value.parse().is_ok_and(|number| ranges.contains(number)),
            Self::RegEx(Some(expression)) => matches(expression, value),
        }
    }
}

impl EnumValue {
    /// `value`, unexplained.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), description: None }
    }
}

impl ConflictResolution {
    /// What `word` means.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "LastWrite" => Self::LastWrite,
            "LowestValueMostSecure" => Self::LowestValueMostSecure,
            "HighestValueMostSecure" => Self::HighestValueMostSecure,
            "LowestValueMostSecureZeroHasNoLimits" => Self::LowestValueMostSecureZeroHasNoLimits,
            "HighestValueMostSecureZeroHasNoLimits" => Self::HighestValueMostSecureZeroHasNoLimits,
            other => Self::Other(other.into()),
        }
    }
}

impl RebootBehavior {
    /// What `word` means.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "None" => Self::None,
            "Automatic" => Self::Automatic,
            "ServerInitiated" => Self::ServerInitiated,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for ConflictResolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastWrite => "LastWrite",
            Self::LowestValueMostSecure => "LowestValueMostSecure",
            Self::HighestValueMostSecure => "HighestValueMostSecure",
            Self::LowestValueMostSecureZeroHasNoLimits => "LowestValueMostSecureZeroHasNoLimits",
            Self::HighestValueMostSecureZeroHasNoLimits => "HighestValueMostSecureZeroHasNoLimits",
            Self::Other(word) => word,
        })
    }
}

impl fmt::Display for RebootBehavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Automatic => "Automatic",
            Self::ServerInitiated => "ServerInitiated",
            Self::Other(word) => word,
        })
    }
}
