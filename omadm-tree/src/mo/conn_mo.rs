//! ConnMO: network access points, proxies, and the bearers below them \[mo 10\].
//!
//! Two implementations differ. The tables follow the later one, the better guess for the approved names; [`NapView`] reads
//! the names of the earlier one too. The bearer objects are known from the earlier one alone, their access is ours.

use super::moi;
use super::view::{Key, MoView, typed_view};

mod bearer;
mod table;

pub use bearer::{CONN_MO_3GPPPS, CONN_MO_WLAN};
pub use table::{CONN_MO_NAP, CONN_MO_PROXY};

typed_view! {
    /// A network access point in a tree.
    NapView: [moi::CONN_MO_NAP]
}

impl<'t> NapView<'t> {
    /// Name.
    pub const NAME: Key<str> = Key::new("Name");
    /// AddrType: `IPv4`, `ALPHA`, `APN`.
    pub const ADDR_TYPE: Key<str> = Key::new("AddrType");
    /// Addr, for example the name of the access point.
    pub const ADDR: Key<str> = Key::new("Addr");
    /// IP/IPv4/AutoDNS.
    pub const AUTO_DNS: Key<bool> = Key::new("IP/IPv4/AutoDNS");
    /// IP/IPv4/Gateway.
    pub const GATEWAY: Key<str> = Key::new("IP/IPv4/Gateway");
    /// AuthInfo/AuthType: `None`, `PAP`, `CHAP`.
    pub const AUTH_TYPE: Key<str> = Key::new("AuthInfo/AuthType");
    /// AuthInfo/AuthName.
    pub const AUTH_NAME: Key<str> = Key::new("AuthInfo/AuthName");
    /// AuthInfo/AuthSecret: no server reads it.
    pub const AUTH_SECRET: Key<str> = Key::new("AuthInfo/AuthSecret");
    /// BearerType: `3GPPPS`, `WLAN`.
    pub const BEARER_TYPE: Key<str> = Key::new("BearerType");

    /// ID, or NAPID.
    #[must_use]
    pub fn id(self) -> Option<&'t str> {
        self.either("ID", "NAPID")
    }

    /// IP/IPv4/AutoConfig, or IPv4/AutoConfig.
    #[must_use]
    pub fn auto_config(self) -> Option<&'t str> {
        self.either("IP/IPv4/AutoConfig", "IPv4/AutoConfig")
    }

    /// IP/IPv4/IPAddr, or IPv4/LocalAddr.
    #[must_use]
    pub fn ip_addr(self) -> Option<&'t str> {
        self.either("IP/IPv4/IPAddr", "IPv4/LocalAddr")
    }

    /// IP/IPv4/NetMask, or IPv4/NetMask.
    #[must_use]
    pub fn net_mask(self) -> Option<&'t str> {
        self.either("IP/IPv4/NetMask", "IPv4/NetMask")
    }

    /// The name servers: Addr of the entries of IP/IPv4/DNS/Servers, or DNSAddr of those of IPv4/DNS.
    pub fn dns_servers(self) -> impl Iterator<Item = &'t str> + use<'t> {
        let address = |list: &str, key: Key<str>| self.entries(list).filter_map(move |entry| entry.text(key));
        address("IP/IPv4/DNS/Servers", Key::new("Addr")).chain(address("IPv4/DNS", Key::new("DNSAddr")))
    }

    fn either(self, ours: &'static str, other: &'static str) -> Option<&'t str> {
        let object: MoView<'t> = *self;
        object.text(Key::new(ours)).or_else(|| object.text(Key::new(other)))
    }
}

typed_view! {
    /// A proxy in a tree.
    ProxyView: [moi::CONN_MO_PROXY]
}

impl<'t> ProxyView<'t> {
    /// ProxyId.
    pub const PROXY_ID: Key<str> = Key::new("ProxyId");
    /// Addr.
    pub const ADDR: Key<str> = Key::new("Addr");
    /// ProxyType.
    pub const PROXY_TYPE: Key<str> = Key::new("ProxyType");
    /// ProxyParams/WAP/Startpg.
    pub const STARTPG: Key<str> = Key::new("ProxyParams/WAP/Startpg");

    /// The access points that it is reached through: ConRef of the entries of ToConRef.
    pub fn con_refs(self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.entries("ToConRef").filter_map(|entry| entry.text(Key::new("ConRef")))
    }

    /// PortNbr of the entries of Ports.
    pub fn ports(self) -> impl Iterator<Item = u32> + use<'t> {
        self.entries("Ports").filter_map(|entry| entry.read(Key::<u32>::new("PortNbr")))
    }
}
