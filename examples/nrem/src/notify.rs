//! Sending notifications: Package #0 in a UDP datagram.

use std::net::SocketAddr;

use tokio::net::{UdpSocket, lookup_host};
use xrem_server::wakeup::Notify;

/// The sockets that notifications leave from; one for each family that this machine has.
#[derive(Debug)]
pub(crate) struct Notifier {
    v4: Option<UdpSocket>,
    v6: Option<UdpSocket>,
}

impl Notifier {
    pub(crate) async fn bind() -> Self {
        Self { v4: UdpSocket::bind("0.0.0.0:0").await.ok(), v6: UdpSocket::bind("[::]:0").await.ok() }
    }

    /// Sends `notify` once. It may be lost like any datagram; the machine repeats it until the node comes.
    pub(crate) async fn send(&self, notify: Notify) {
        let sent = match resolve(&notify.to).await {
            Some(address) => self.send_to(&notify.datagram, address).await,
            None => Err(std::io::Error::other("the address cannot be resolved")),
        };
        if let Err(error) = sent {
            tracing::warn!(to = notify.to, %error, "notification not sent");
        }
    }

    async fn send_to(&self, datagram: &[u8], address: SocketAddr) -> std::io::Result<()> {
        let socket = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let socket = socket.as_ref().ok_or_else(|| std::io::Error::other("no socket for this address family"))?;
        socket.send_to(datagram, address).await.map(drop)
    }
}

/// Host and port of `udp://host:port`; an error says what is wrong with the text.
pub(crate) fn parse(to: &str) -> Result<&str, String> {
    let address = to.strip_prefix("udp://").map(|rest| rest.trim_end_matches('/'));
    let has_port = |address: &&str| {
        address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    address.filter(has_port).ok_or_else(|| format!("notify {to:?} is not of the form udp://host:port"))
}

async fn resolve(to: &str) -> Option<SocketAddr> {
    lookup_host(parse(to).ok()?).await.ok()?.next()
}
