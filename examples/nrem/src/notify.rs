//! Sending notifications: Package #0 over the bearer that the machine chose.
//!
//! | bearer | how |
//! |---|---|
//! | `udp://host:port` | in a datagram |
//! | `http://…`, `https://…` | posted there, as `application/vnd.syncml.notification` |
//! | any scheme with a hook | posted to the URL of the hook, in which `{}` stands for the address: an SMS gateway, say |
//!
//! Whatever else is reported as failed at once, so that the next bearer of the node has its turn.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use omadm_proto::notification::Notification;
use tokio::net::{UdpSocket, lookup_host};
use xrem_server::wakeup::Notify;

/// How long a push gateway may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The sockets that notifications leave from, one for each family that this machine has; and the push gateways.
#[derive(Debug)]
pub(crate) struct Notifier {
    v4: Option<UdpSocket>,
    v6: Option<UdpSocket>,
    hooks: BTreeMap<String, String>,
    agent: ureq::Agent,
}

impl Notifier {
    pub(crate) async fn bind(hooks: BTreeMap<String, String>) -> Self {
        let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        let (v4, v6) = (UdpSocket::bind("0.0.0.0:0").await.ok(), UdpSocket::bind("[::]:0").await.ok());
        Self { v4, v6, hooks, agent }
    }

    /// Sends `notify` once. It may be lost like any datagram; the machine repeats it until the node comes.
    pub(crate) async fn send(&self, notify: &Notify) -> std::io::Result<()> {
        match (notify.scheme(), self.hooks.get(notify.scheme())) {
            (scheme, Some(hook)) => {
                let address = notify.to.strip_prefix(scheme).map_or("", |rest| rest.trim_start_matches([':', '/']));
                self.post(hook.replace("{}", &escaped(address)), &notify.datagram).await
            }
            ("udp", None) => match resolve(&notify.to).await {
                Some(address) => self.send_to(&notify.datagram, address).await,
                None => Err(std::io::Error::other("the address cannot be resolved")),
            },
            ("http" | "https", None) => self.post(notify.to.clone(), &notify.datagram).await,
            (_, None) => Err(std::io::Error::other("this server has no such bearer; give it a hook for the scheme")),
        }
    }

    async fn send_to(&self, datagram: &[u8], address: SocketAddr) -> std::io::Result<()> {
        let socket = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let socket = socket.as_ref().ok_or_else(|| std::io::Error::other("no socket for this address family"))?;
        socket.send_to(datagram, address).await.map(drop)
    }

    async fn post(&self, url: String, datagram: &[u8]) -> std::io::Result<()> {
        let (agent, datagram) = (self.agent.clone(), datagram.to_vec());
        let posted = tokio::task::spawn_blocking(move || {
            agent.post(&url).header("content-type", Notification::MEDIA_TYPE).send(&datagram[..])
        });
        posted.await.map_err(std::io::Error::other)?.map(drop).map_err(std::io::Error::other)
    }
}

/// `address` as a part of a URL.
fn escaped(address: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    address.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Whether `address` can be that of a bearer: it has a scheme, and for UDP also host and port.
pub(crate) fn check(address: &str) -> Result<(), String> {
    let scheme = address.split_once(':').map(|(scheme, rest)| (scheme, rest.trim_start_matches('/')));
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte))
    };
    match scheme {
        Some(("udp", _)) => parse(address).map(drop),
        Some((scheme, rest)) if is_scheme(scheme) && !rest.is_empty() => Ok(()),
        _ => Err(format!("bearer {address:?} is not of the form scheme:address, such as udp://host:port")),
    }
}

/// Host and port of `udp://host:port`; an error says what is wrong with the text.
fn parse(to: &str) -> Result<&str, String> {
    let address = to.strip_prefix("udp://").map(|rest| rest.trim_end_matches('/'));
    let has_port = |address: &&str| {
        address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    address.filter(has_port).ok_or_else(|| format!("notify {to:?} is not of the form udp://host:port"))
}

async fn resolve(to: &str) -> Option<SocketAddr> {
    lookup_host(parse(to).ok()?).await.ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_needs_a_scheme_and_an_address() {
        for good in ["udp://127.0.0.1:2948", "sms:+15550100", "https://push.example/7"] {
            assert_eq!(check(good), Ok(()));
        }
        for bad in ["127.0.0.1:2948", "udp://127.0.0.1", "sms:", "", "+1:2"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert_eq!(escaped("+1555 01"), "%2B1555%2001");
    }
}
