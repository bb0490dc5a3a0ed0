//! Access control lists \[dm 9.5\]: the value, its text, and the question whether it allows something.
//!
//! Invariant: a command without server ids is not there; ids are sorted and unique, and `*` swallows them, so that equal
//! grants are equal values with one text. Inheritance is the tree's business.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use omadm_proto::ids::ServerId;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// A command that an ACL can grant. There is no Copy: it needs the rights of the commands it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the five commands of the ACL grammar [dm 9.5]")]
pub enum Right {
    /// Add a child.
    Add,
    /// Delete the node and everything below.
    Delete,
    /// Start what the node stands for.
    Exec,
    /// Read the value, the child list or a property.
    Get,
    /// Overwrite the value, rename, retitle.
    Replace,
}

/// An access control list; the empty one means "as the parent".
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Acl {
    entries: Vec<(Right, Grantees)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Grantees {
    Everyone,
    /// Sorted, unique, never empty.
    Servers(Vec<ServerId>),
}

/// Why a text is no ACL; answered with 400 (unspecified; chosen because the value is malformed) \[dm 9.5\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AclError {
    /// An entry that is not `<command>=<server ids>`.
    #[error("an ACL entry is written \"Get=server1+server2\" or \"Get=*\", entries are joined by \"&\"")]
    Entry,
    /// A command that no ACL can grant.
    #[error("an ACL grants Add, Delete, Exec, Get and Replace, nothing else")]
    Command,
    /// An empty server identifier or one with a forbidden character.
    #[error("a server identifier in an ACL is empty or has one of \"= & * +\", white space or a control character")]
    Server,
}

impl Right {
    /// All rights, in the order of the canonical text.
    pub const ALL: [Self; 5] = [Self::Add, Self::Delete, Self::Exec, Self::Get, Self::Replace];

    /// The name in the text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Delete => "Delete",
            Self::Exec => "Exec",
            Self::Get => "Get",
            Self::Replace => "Replace",
        }
    }

    /// The right named `name`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }
}

impl Acl {
    /// The ACL that grants nothing and so inherits.
    pub const EMPTY: Self = Self { entries: Vec::new() };

    /// The bytes of the server identifiers, which are what can make an ACL large.
    pub(crate) fn weight(&self) -> usize {
        let of = |grantees: &Grantees| match grantees {
            Grantees::Everyone => 1,
            Grantees::Servers(servers) => servers.iter().map(|server| server.as_str().len()).sum(),
        };
        self.entries.iter().map(|(_, grantees)| of(grantees)).sum()
    }

    /// What a root starts with: `Add=*&Get=*` \[dm 9.6\].
    #[must_use]
    pub fn root_default() -> Self {
        Self::EMPTY.grant_everyone(Right::Add).grant_everyone(Right::Get)
    }

    /// All five rights for `server`.
    #[must_use]
    pub fn all(server: &ServerId) -> Self {
        Right::ALL.into_iter().fold(Self::EMPTY, |acl, right| acl.grant(right, server))
    }

    /// The ACL written as `text`; empty text is the empty ACL. Repeated commands are merged.
    ///
    /// # Errors
    /// When the text breaks the grammar of \[dm 9.5\].
    pub fn parse(text: &str) -> Result<Self, AclError> {
        let mut acl = Self::EMPTY;
        if text.is_empty() {
            return Ok(acl);
        }
        for entry in text.split('&') {
            let (command, servers) = entry.split_once('=').ok_or(AclError::Entry)?;
            let right = Right::parse(command).ok_or(AclError::Command)?;
            for server in servers.split('+') {
                acl = match server {
                    "*" => acl.grant_everyone(right),
                    _ if is_server_id(server) => acl.grant(right, &ServerId::new(server)),
                    _ => return Err(AclError::Server),
                };
            }
        }
        Ok(acl)
    }

    /// The same with `right` for `server`.
    #[must_use]
    pub fn grant(mut self, right: Right, server: &ServerId) -> Self {
        match self.entries.binary_search_by_key(&right, |(right, _)| *right) {
            Ok(at) => {
                if let Some((_, Grantees::Servers(servers))) = self.entries.get_mut(at)
                    && let Err(place) = servers.binary_search(server)
                {
                    servers.insert(place, server.clone());
                }
            }
            Err(at) => self.entries.insert(at, (right, Grantees::Servers(alloc::vec![server.clone()]))),
        }
        self
    }

    /// The same with `right` for every server.
    #[must_use]
    pub fn grant_everyone(mut self, right: Right) -> Self {
        self.entries.retain(|(entry, _)| *entry != right);
        let at = self.entries.partition_point(|(entry, _)| *entry < right);
        self.entries.insert(at, (right, Grantees::Everyone));
        self
    }

    /// The same without any mention of `server`; commands that nobody is left for disappear \[dm 9.6\].
    #[must_use]
    pub fn without(mut self, server: &ServerId) -> Self {
        for (_, grantees) in &mut self.entries {
            if let Grantees::Servers(servers) = grantees {
                servers.retain(|id| id != server);
            }
        }
        self.entries.retain(|(_, grantees)| !matches!(grantees, Grantees::Servers(servers) if servers.is_empty()));
        self
    }

    /// Whether this ACL, taken alone, lets `server` do `right`.
    #[must_use]
    pub fn allows(&self, right: Right, server: &ServerId) -> bool {
        self.entries.iter().any(|(entry, grantees)| {
            *entry == right
                && match grantees {
                    Grantees::Everyone => true,
                    Grantees::Servers(servers) => servers.binary_search(server).is_ok(),
                }
        })
    }

    /// Whether `right` is granted to every server.
    #[must_use]
    pub fn allows_everyone(&self, right: Right) -> bool {
        self.entries.iter().any(|(entry, grantees)| *entry == right && *grantees == Grantees::Everyone)
    }

    /// Whether it grants `right` to anybody.
    #[must_use]
    pub fn mentions(&self, right: Right) -> bool {
        self.entries.iter().any(|(entry, _)| *entry == right)
    }

    /// Whether it grants nothing, so that the parent's ACL holds.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Unspecified which characters are printable; taken as everything but white space and control characters.
fn is_server_id(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| matches!(c, '=' | '&' | '*' | '+') || c.is_whitespace() || c.is_control())
}

impl FromStr for Acl {
    type Err = AclError;

    fn from_str(text: &str) -> Result<Self, AclError> {
        Self::parse(text)
    }
}

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (right, grantees) in &self.entries {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(right.as_str());
            match grantees {
                Grantees::Everyone => text.push_str("=*"),
                Grantees::Servers(servers) => {
                    let mut separator = '=';
                    for server in servers {
                        text.push(separator);
                        text.push_str(server.as_str());
                        separator = '+';
                    }
                }
            }
        }
        f.write_str(&text)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Acl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Acl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: alloc::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
