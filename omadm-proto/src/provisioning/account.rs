//! The DM account in a provisioning document: characteristic APPLICATION with APPID `w7` \[dm 12.1, mo 4.4\].
//!
//! Parms without a counterpart in a `DMAcc` object are listed in [`BootstrapAccount::unmapped`]; their values are still in
//! the document. Where the sheets are silent: an APPAUTH without AAUTHLEVEL is the client's own (`APPSRV`), because a lone
//! one can be nothing else; one without AAUTHTYPE is `DIGEST`, because every client speaks md5 and it does not give the
//! secret away; AAUTHDATA that is no base64 is the nonce itself.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Characteristic, Entry, ProvisioningDoc};
use crate::auth::{Nonce, Scheme, Secret};
use crate::message::Verb;

/// A DM account that a bootstrap document describes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BootstrapAccount {
    /// PROVIDER-ID: the server identifier. It gets [`Self::RIGHTS`] on everything that comes from the same document.
    pub server_id: String,
    /// NAME: what a user sees.
    pub name: Option<String>,
    /// TO-PROXY and TO-NAPID in document order, the first one preferred.
    pub connections: Vec<Connection>,
    /// ADDR and APPADDR in document order, at least one.
    pub addresses: Vec<Address>,
    /// APPAUTH in document order.
    pub auths: Vec<AppAuth>,
    /// Names of parms and types of characteristics without a counterpart, with the way to them: `INIT`, `APPADDR/FOO`.
    pub unmapped: Vec<String>,
}

/// A reference from an account to a connection in the same document, by the id that it has there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the two references of an APPLICATION")]
pub enum Connection {
    /// TO-PROXY: the PROXY-ID of a PXLOGICAL.
    Proxy(String),
    /// TO-NAPID: the NAPID of a NAPDEF.
    Nap(String),
}

/// An address of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// ADDR.
    pub addr: String,
    /// ADDRTYPE.
    pub addr_type: AddressType,
    /// The PORTNBR of every PORT.
    pub ports: Vec<u16>,
}

/// What kind of address it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AddressType {
    /// A URI; the default.
    #[default]
    Uri,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// Another kind, as it is written.
    Other(String),
}

impl AddressType {
    fn parse(text: &str) -> Self {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        match text {
            text if text.is_empty() || is("URI") => Self::Uri,
            _ if is("IPv4") => Self::Ipv4,
            _ if is("IPv6") => Self::Ipv6,
            other => Self::Other(other.into()),
        }
    }

    /// The value of `AddrType` in a `DMAcc`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Uri => "URI",
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
            Self::Other(other) => other,
        }
    }
}

/// Whose credentials they are, by the values of AAuthLevel in a `DMAcc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthLevel {
    /// `CLCRED` (in the document `APPSRV`): the client shows them to the server.
    ClCred,
    /// `SRVCRED` (in the document `CLIENT`): the server shows them to the client.
    SrvCred,
    /// `OBEX`.
    Obex,
    /// `HTTP`.
    Http,
}

impl AuthLevel {
    /// The value of AAuthLevel.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClCred => "CLCRED",
            Self::SrvCred => "SRVCRED",
            Self::Obex => "OBEX",
            Self::Http => "HTTP",
        }
    }

    /// The level that AAUTHLEVEL means; the names of the `DMAcc` are taken as well.
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "APPSRV" | "CLCRED" => Some(Self::ClCred),
            "CLIENT" | "SRVCRED" => Some(Self::SrvCred),
            "OBEX" => Some(Self::Obex),
            "HTTP" => Some(Self::Http),
            _ => None,
        }
    }
}

/// The credentials of one level.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppAuth {
    /// Whose they are.
    pub level: AuthLevel,
    /// AAUTHTYPE as it is written.
    pub auth_type: String,
    /// AAUTHNAME.
    pub name: Option<String>,
    /// AAUTHSECRET.
    pub secret: Option<Secret>,
    /// AAUTHDATA, decoded.
    pub nonce: Option<Nonce>,
}

impl AppAuth {
    /// The first scheme of ours that AAUTHTYPE names; a document may list several, with commas between.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.auth_type.split(',').find_map(Scheme::from_auth_type)
    }
}

/// Why an APPLICATION of `w7` is no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapFault {
    /// A mandatory parm is missing or empty.
    #[error("the DM account has no {0}")]
    Missing(&'static str),
    /// A parm stands twice that can have one value.
    #[error("the DM account has {0} twice")]
    Twice(&'static str),
    /// AAUTHLEVEL is none of APPSRV, CLIENT, OBEX and HTTP.
    #[error("AAUTHLEVEL is none of APPSRV, CLIENT, OBEX and HTTP")]
    Level,
    /// PORTNBR is no port number.
    #[error("PORTNBR is no number from 0 to 65535")]
    Port,
    /// AAUTHDATA is longer than a nonce may be.
    #[error("AAUTHDATA is longer than a nonce may be")]
    Nonce,
}

impl ProvisioningDoc<'_> {
    /// The DM accounts, in document order.
    pub fn accounts(&self) -> impl Iterator<Item = Result<BootstrapAccount, BootstrapFault>> {
        let of_w7 = |application: &&Characteristic<'_>| application.value("APPID") == Some(BootstrapAccount::APP_ID);
        self.of_type("APPLICATION").filter(of_w7).map(BootstrapAccount::from_application)
    }
}

impl BootstrapAccount {
    /// `APPID` and `AppID` of device management.
    pub const APP_ID: &'static str = "w7";

    /// The commands that the access control list of the account node, and of all else from the same document, grants to the
    /// server; nobody else gets any \[dm 12.1\].
    pub const RIGHTS: [Verb; 3] = [Verb::Get, Verb::Replace, Verb::Delete];

    fn from_application(application: &Characteristic<'_>) -> Result<Self, BootstrapFault> {
        let (mut server_id, mut name) = (None, None);
        let (mut connections, mut addresses, mut auths, mut unmapped) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for entry in &application.entries {
            match entry {
                Entry::Parm(parm) => {
                    let value = parm.value.as_deref().unwrap_or_default();
                    match &*parm.name {
                        "APPID" => {}
                        "PROVIDER-ID" => set_once(&mut server_id, value, "PROVIDER-ID")?,
                        "NAME" => set_once(&mut name, value, "NAME")?,
                        "TO-PROXY" => connections.push(Connection::Proxy(value.into())),
                        "TO-NAPID" => connections.push(Connection::Nap(value.into())),
                        "ADDR" => addresses.push(Address::new(value)?),
                        other => unmapped.push(other.into()),
                    }
                }
                Entry::Characteristic(inner) => match &*inner.type_name {
                    "APPADDR" => addresses.push(Address::from_characteristic(inner, &mut unmapped)?),
                    "APPAUTH" => auths.push(AppAuth::from_characteristic(inner, &mut unmapped)?),
                    other => unmapped.push(other.into()),
                },
            }
        }
        let server_id = server_id.filter(|id| !id.is_empty()).ok_or(BootstrapFault::Missing("PROVIDER-ID"))?;
        if addresses.is_empty() {
            return Err(BootstrapFault::Missing("ADDR"));
        }
        Ok(Self { server_id, name, connections, addresses, auths, unmapped })
    }
}

impl Address {
    fn new(addr: &str) -> Result<Self, BootstrapFault> {
        if addr.is_empty() {
            return Err(BootstrapFault::Missing("ADDR"));
        }
        Ok(Self { addr: addr.into(), addr_type: AddressType::Uri, ports: Vec::new() })
    }

    fn from_characteristic(from: &Characteristic<'_>, unmapped: &mut Vec<String>) -> Result<Self, BootstrapFault> {
        let (mut addr, mut addr_type, mut ports) = (None, None, Vec::new());
        for entry in &from.entries {
            match entry {
                Entry::Parm(parm) => {
                    let value = parm.value.as_deref().unwrap_or_default();
                    match &*parm.name {
                        "ADDR" => set_once(&mut addr, value, "ADDR")?,
                        "ADDRTYPE" => set_once(&mut addr_type, value, "ADDRTYPE")?,
                        other => unmapped.push(path(from, &other)),
                    }
                }
                Entry::Characteristic(port) if port.type_name == "PORT" => {
                    for parm in port.parms() {
                        if parm.name == "PORTNBR" {
                            let number = parm.value.as_deref().and_then(|number| number.trim().parse().ok());
                            ports.push(number.ok_or(BootstrapFault::Port)?);
                        } else {
                            unmapped.push(path(from, &format_args!("PORT/{}", parm.name)));
                        }
                    }
                }
                Entry::Characteristic(other) => unmapped.push(path(from, &other.type_name)),
            }
        }
        let plain = Self::new(addr.as_deref().unwrap_or_default())?;
        Ok(Self { addr_type: AddressType::parse(addr_type.as_deref().unwrap_or_default()), ports, ..plain })
    }
}

impl AppAuth {
    fn from_characteristic(from: &Characteristic<'_>, unmapped: &mut Vec<String>) -> Result<Self, BootstrapFault> {
        let (mut level, mut auth_type, mut name, mut data) = (None, None, None, None);
        let mut secret: Option<Secret> = None;
        for entry in &from.entries {
            let parm = match entry {
                Entry::Parm(parm) => parm,
                Entry::Characteristic(other) => {
                    unmapped.push(path(from, &other.type_name));
                    continue;
                }
            };
            let value = parm.value.as_deref().unwrap_or_default();
            match &*parm.name {
                "AAUTHLEVEL" => set_once(&mut level, value, "AAUTHLEVEL")?,
                "AAUTHTYPE" => set_once(&mut auth_type, value, "AAUTHTYPE")?,
                "AAUTHNAME" => set_once(&mut name, value, "AAUTHNAME")?,
                "AAUTHDATA" => set_once(&mut data, value, "AAUTHDATA")?,
                "AAUTHSECRET" if secret.is_some() => return Err(BootstrapFault::Twice("AAUTHSECRET")),
                "AAUTHSECRET" => secret = Some(value.into()),
                other => unmapped.push(path(from, &other)),
            }
        }
        let level = AuthLevel::parse(level.as_deref().unwrap_or_default()).ok_or(BootstrapFault::Level)?;
        let auth_type = auth_type.filter(|kind| !kind.is_empty()).unwrap_or_else(|| Scheme::Md5.auth_type().to_owned());
        let nonce = data.map(|text| nonce(&text)).transpose()?;
        Ok(Self { level, auth_type, name, secret, nonce })
    }
}

/// The nonce in AAUTHDATA.
fn nonce(text: &str) -> Result<Nonce, BootstrapFault> {
    let bytes = crate::auth::decode_base64(text).unwrap_or_else(|| text.as_bytes().to_vec());
    if bytes.len() > Nonce::MAX_LEN { Err(BootstrapFault::Nonce) } else { Ok(Nonce::new(bytes)) }
}

fn set_once(slot: &mut Option<String>, value: &str, name: &'static str) -> Result<(), BootstrapFault> {
    match slot.replace(value.into()) {
        None => Ok(()),
        Some(_) => Err(BootstrapFault::Twice(name)),
    }
}

fn path(parent: &Characteristic<'_>, name: &dyn fmt::Display) -> String {
    alloc::format!("{}/{name}", parent.type_name)
}
