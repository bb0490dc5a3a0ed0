//! The port to a server at a URL.
//!
//! With nrem's API each row gets a device of its own; without it all rows share the one device whose credentials were
//! given, and the port remembers its nonces from row to row.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::message::Message;
use serde_json::{Value, json};
use ureq::Agent;
use xrem_server::bootstrap::Profile;

use super::handout::{self, Handout};
use super::operator::{Api, Operator};
use super::outcome::Outcome;
use super::{Account, Answer, Job, Post, ServerPort, StoredAlert, Want};
use crate::row::Stop;

/// How long one answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// The longest wait that is waited in real time.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// How long a notification may take to arrive.
const NOTIFICATION_TIME: Duration = Duration::from_millis(500);
/// Bytes of one answer.
const MAX_ANSWER: u64 = 16 << 20;

/// A server at a URL.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    url: String,
    operator: Operator,
    given: Option<Account>,
    run: String,
    devices: u32,
    notifications: Option<UdpSocket>,
}

impl Http {
    /// The server at `url` with the one device `account`.
    #[must_use]
    pub fn with_account(url: &str, account: Account, operator: Operator) -> Self {
        Self {
            agent: agent(),
            url: url.into(),
            operator,
            given: Some(account),
            run: String::new(),
            devices: 0,
            notifications: None,
        }
    }

    /// The nrem at `url`, whose API at `api` registers a device for each row. `run` tells the devices of this run from those
    /// of others.
    #[must_use]
    pub fn with_nrem(url: &str, api: &str, token: Option<String>, run: String) -> Self {
        let operator = Operator::Nrem(Api::new(agent(), api, token));
        // Without a socket the rows about notifications are skipped.
        let notifications = UdpSocket::bind("127.0.0.1:0").ok();
        Self { agent: agent(), url: url.into(), operator, given: None, run, devices: 0, notifications }
    }

    /// A device that the server did not know before.
    fn register(&mut self, want: &Want) -> Result<Account, Stop> {
        let Operator::Nrem(api) = &self.operator else {
            return Err(Stop::skipped("there is no account: give --device, --user and --secret, or --nrem-api"));
        };
        if want.transport {
            return Err(Stop::skipped("this transport authenticates nobody"));
        }
        self.devices += 1;
        let (client_nonce, server_nonce) = want.nonces.clone().unwrap_or_default();
        let account = Account {
            dev_id: format!("urn:dmconf:{}-{}", self.run, self.devices),
            server_uri: self.url.clone(),
            client: Credentials::new(format!("user-{}", self.devices), format!("secret-{}-{}", self.run, self.devices)),
            server: want.server.clone().unwrap_or_else(|| Credentials::new(handout::SERVER_ID, "spw")),
            scheme: want.scheme.unwrap_or(Scheme::Md5),
            transport: None,
            client_nonce,
            server_nonce,
        };
        let mut registration = json!({
            "id": account.dev_id,
            "scheme": account.scheme,
            "client": {"name": account.client.name, "secret": account.client.secret.expose()},
            "server": {"id": account.server.name, "secret": account.server.secret.expose()},
            "client_nonce": account.client_nonce.to_base64(),
            "server_nonce": account.server_nonce.to_base64(),
        });
        if let Some(address) = self.notifications.as_ref().and_then(|socket| socket.local_addr().ok()) {
            registration["notify"] = json!(format!("udp://{address}"));
        }
        api.register(&registration)?;
        Ok(account)
    }

    /// Keeps the nonces that this exchange gave to the shared device and to the server.
    fn note(&mut self, post: &Post<'_>, answer: &Answer) {
        let Some(account) = &mut self.given else { return };
        if let Some(nonce) = nonce_in(&answer.body) {
            account.client_nonce = nonce;
        }
        if let Some(nonce) = nonce_in(post.body) {
            account.server_nonce = nonce;
        }
    }
}

/// The NextNonce in the Status for a SyncHdr.
fn nonce_in(body: &[u8]) -> Option<Nonce> {
    let message = Message::decode(body).ok()?;
    let status = message.statuses().find(|status| status.is_for_sync_hdr())?;
    auth::read_challenge(status.chal()?).ok()?.1
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(ANSWER_TIME))
        .user_agent("dmconf")
        .build()
        .into()
}

impl ServerPort for Http {
    fn account(&mut self, want: &Want) -> Result<Account, Stop> {
        let Some(account) = &self.given else { return self.register(want) };
        if want.scheme.is_some_and(|scheme| scheme != account.scheme || account.transport.is_some()) {
            return Err(Stop::skipped("the device that was given uses another scheme"));
        }
        if want.transport && account.transport.is_none() {
            return Err(Stop::skipped("the device that was given authenticates with credentials; give --scheme none"));
        }
        if want.server.is_some() {
            return Err(Stop::skipped("the server's credentials cannot be chosen"));
        }
        Ok(account.clone())
    }

    fn post(&mut self, post: &Post<'_>) -> Result<Answer, Stop> {
        let mut request = self.agent.post(&self.url).header("content-type", post.syntax.media_type());
        request = request.header("accept", post.syntax.media_type());
        if let Some(mac) = &post.mac {
            request = request.header("x-syncml-hmac", mac);
        }
        let unreachable = |error: ureq::Error| Stop::failed(format!("a server at {}", self.url), error.to_string());
        let mut response = request.send(post.body).map_err(unreachable)?;
        let header = |name: &str| response.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
        let (content_type, mac) = (header("content-type").unwrap_or_default(), header("x-syncml-hmac"));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(unreachable)?;
        let answer = Answer { status, content_type, mac, body };
        self.note(post, &answer);
        Ok(answer)
    }

    fn queue(&mut self, device: &Account, commands: &Value) -> Result<Job, Stop> {
        self.operator.queue(device, commands)
    }

    fn outcome(&mut self, job: &Job) -> Result<Outcome, Stop> {
        self.operator.outcome(job)
    }

    fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        if time > LONGEST_WAIT {
            return Err(Stop::skipped(format!(
                "the clock of this server cannot be moved by {} seconds",
                time.as_secs()
            )));
        }
        std::thread::sleep(time);
        Ok(())
    }

    fn notifications(&mut self, _: &Account) -> Result<Vec<Vec<u8>>, Stop> {
        let socket = self.notifications.as_ref();
        let socket = socket.ok_or_else(|| Stop::skipped("dmconf does not get the notifications of this server"))?;
        let (mut datagrams, mut buffer) = (Vec::new(), [0; 4096]);
        let end = Instant::now() + NOTIFICATION_TIME;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
                return Ok(datagrams);
            }
            if let Ok(len) = socket.recv(&mut buffer) {
                datagrams.push(buffer.get(..len).unwrap_or_default().to_vec());
            }
        }
    }

    fn alerts(&mut self, device: &Account) -> Result<Vec<StoredAlert>, Stop> {
        self.operator.alerts(device)
    }

    fn rotate(&mut self, device: &Account, secret: &str) -> Result<Job, Stop> {
        self.operator.rotate(device, secret)
    }

    fn bootstrap(&mut self, profile: Profile) -> Result<Handout, Stop> {
        let Operator::Nrem(api) = &self.operator else {
            return Err(Stop::skipped("bootstrap documents can be asked for through --nrem-api only"));
        };
        self.devices += 1;
        api.bootstrap(&format!("urn:dmconf:{}-{}", self.run, self.devices), &self.url, profile)
    }

    fn is_bootstrapped(&mut self, handout: &Handout) -> Result<bool, Stop> {
        let Operator::Nrem(api) = &self.operator else {
            return Err(Stop::skipped("nobody tells which devices the server counts as bootstrapped"));
        };
        api.is_bootstrapped(&handout.dev_id)
    }

    fn shares_device(&self) -> bool {
        // Where nobody queues work, none is left.
        self.given.is_some() && !matches!(self.operator, Operator::Nobody)
    }

    fn twin(&self) -> Result<Box<dyn ServerPort>, Stop> {
        Err(Stop::skipped("whether a server is deterministic cannot be seen from outside"))
    }
}
