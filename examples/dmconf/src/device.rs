//! dmconf plays a scripted server; a client is under test.
//!
//! A [`Port`] leads to the client: in this process ([`lab`]), or over HTTP ([`http`]). Scripts do not use it directly but a
//! [`bench::Bench`], which opens a [`session::Session`]; commands are [`command::Cmd`]s, and what the client makes of them is
//! judged in an [`answer::Answer`].

pub mod answer;
pub mod bench;
pub mod bootstrap;
pub mod command;
pub mod credential;
pub mod fixture;
pub mod http;
pub mod lab;
pub mod session;

use omadm_proto::auth::Scheme;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Message;

use crate::row::Stop;

/// The two servers that the client has accounts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Server {
    /// srvA of the catalogue: it may do nearly everything below ./T.
    A,
    /// srvB: it may what everybody may.
    B,
}

impl Server {
    /// How scripts spell its id, in ACLs for example.
    pub const fn alias(self) -> &'static str {
        match self {
            Self::A => "srvA",
            Self::B => "srvB",
        }
    }
}

/// What a device need not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// The command Atomic.
    Atomic,
    /// The command Copy.
    Copy,
    /// The command Exec.
    Exec,
    /// Large objects.
    LargeObjects,
    /// `?list=Struct` and `?list=StructData`.
    Lists,
    /// Serialized trees.
    Tnds,
    /// The property TStamp.
    TStamp,
    /// The properties Title, VerNo and Size.
    Properties,
    /// Somebody who looks at a screen.
    UserInterface,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Atomic,
        Self::Copy,
        Self::Exec,
        Self::LargeObjects,
        Self::Lists,
        Self::Tnds,
        Self::TStamp,
        Self::Properties,
        Self::UserInterface,
    ];

    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Atomic => "atomic",
            Self::Copy => "copy",
            Self::Exec => "exec",
            Self::LargeObjects => "large-objects",
            Self::Lists => "lists",
            Self::Tnds => "tnds",
            Self::TStamp => "tstamp",
            Self::Properties => "properties",
            Self::UserInterface => "user-interface",
        }
    }
}

/// How a client shall be before a row is played; a port that cannot make it so skips the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The features that it goes without.
    pub without: Vec<Feature>,
    /// How the client proves itself; `None`: it does not.
    pub client: Option<Scheme>,
    /// Whether it demands credentials of the servers.
    pub server_proves: bool,
    /// The weakest scheme it takes.
    pub minimum: Scheme,
    /// Whether both sides know the nonces for the first Cred.
    pub nonces: Nonces,
    /// The servers that it knows.
    pub known: Known,
    /// The id of server A, instead of the port's own.
    pub server_a: Option<&'static str>,
    /// Whether URIs are limited to 5 names, 64 characters, 16 characters a name.
    pub tight_uris: bool,
    /// Special leaves that no command can make.
    pub extra: Vec<Special>,
    /// Whether its storage is full.
    pub full: bool,
}

/// Which nonces are known before the first session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonces {
    /// Those of both directions.
    Known,
    /// None: the first session begins with challenges.
    Unknown,
    /// The client's differ from what the servers believe.
    Stale,
}

/// Which servers a client knows, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Both: it was given their accounts.
    Both,
    /// Both: their accounts are built into its tree.
    BuiltIn,
    /// Server B. It gets to know server A by a document of [`bootstrap`], whose secrets it knows.
    OnlyB,
}

/// Nodes with properties that commands cannot give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// `./T/small`: a leaf of at most 100 bytes.
    SmallLeaf,
    /// `./T/locked`: a leaf that the device is using.
    LockedLeaf,
    /// `./DevInfo/Ext/x` and `./DevInfo/Bearer/y`.
    DevInfoBranches,
    /// `./T/multi`: a leaf that takes other formats and types.
    AnyType,
    /// `./T/ints`: an interior node whose children are int.
    IntsOnly,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            without: Vec::new(),
            client: Some(Scheme::Md5),
            server_proves: true,
            minimum: Scheme::Md5,
            nonces: Nonces::Known,
            known: Known::Both,
            server_a: None,
            tight_uris: false,
            extra: Vec::new(),
            full: false,
        }
    }
}

impl Setup {
    /// A client without `feature`.
    pub fn without(feature: Feature) -> Self {
        Self { without: vec![feature], ..Self::default() }
    }

    /// A client that proves nothing and demands no proof.
    pub fn open() -> Self {
        Self { client: None, server_proves: false, ..Self::default() }
    }

    /// A client with a special leaf.
    pub fn special(special: Special) -> Self {
        Self { extra: vec![special], ..Self::default() }
    }

    /// A client that knows these nonces.
    pub fn nonces(nonces: Nonces) -> Self {
        Self { nonces, ..Self::default() }
    }
}

/// One message of the client.
#[derive(Debug, Clone)]
pub struct Received {
    /// What it says.
    pub message: Message<'static>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its syntax.
    pub syntax: Syntax,
    /// The value of its x-syncml-hmac header.
    pub mac: Option<String>,
    /// Where it was sent to.
    pub destination: String,
}

/// What comes from the client.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// A message.
    Message(Box<Received>),
    /// The session is over, or nothing came.
    Ended,
}

/// What goes to the client.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The syntax of the body.
    pub syntax: Syntax,
    /// The bytes.
    pub body: Vec<u8>,
    /// The value for an x-syncml-hmac header.
    pub mac: Option<String>,
}

/// What starts a session.
#[derive(Debug, Clone)]
pub enum Start {
    /// The client itself.
    Client(Server),
    /// A Package #0 with these bytes.
    Notification(Vec<u8>),
}

/// What a user does when he is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserAnswer {
    /// Looks at the text, closes it.
    Shown,
    /// Says yes.
    Yes,
    /// Says no.
    No,
    /// Types this.
    Text(String),
    /// Picks this choice.
    Choice(u32),
    /// Picks these.
    Choices(Vec<u32>),
    /// Wants nothing of it.
    Cancel,
    /// Is not there.
    Nothing,
}

/// What was shown to the user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The text.
    pub text: String,
    /// The choices.
    pub choices: Vec<String>,
    /// Seconds that it has to be seen at least.
    pub min_seconds: Option<u64>,
    /// What stood there before the user did anything.
    pub default: Option<UserAnswer>,
}

/// A generic alert that the device raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAlert {
    /// Meta/Type.
    pub type_name: &'static str,
    /// Source/LocURI.
    pub source: &'static str,
    /// Data.
    pub data: String,
    /// Whether Data is a number.
    pub is_number: bool,
    /// Correlator.
    pub correlator: Option<&'static str>,
}

/// A bootstrap message as it reaches the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// The content type with its parameters SEC and MAC.
    pub content_type: String,
    /// The document.
    pub body: Vec<u8>,
}

/// What happens at the device; ports that have no hand there skip the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// The user does this when he is asked next.
    User(UserAnswer),
    /// The device raises an alert.
    Alert(DeviceAlert),
    /// The user or the device ends the session.
    Abort,
    /// A bootstrap message arrives.
    Bootstrap(Bootstrap),
    /// What an asynchronous Exec started is done.
    Finish,
    /// The device reads its smart card, as at each start: there is one with this document, or none.
    SmartCard(Option<Bootstrap>),
    /// The device fetches this document from the bootstrap server that it was made with.
    Fetched(Bootstrap),
}

/// What the device did besides answering.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// The targets of Execs that ran, with their arguments.
    pub execs: Vec<(String, String)>,
    /// What the user saw.
    pub shown: Vec<Shown>,
}

/// A way to a client.
pub trait Port {
    /// The syntax that the client is to speak.
    fn syntax(&self) -> Syntax;

    /// Where the nodes of the fixture are at this client, and who its servers are.
    fn fixture(&self) -> &fixture::Fixture;

    /// Makes the client factory-fresh, as `setup` says, and tells how it is now: with the usual setup a port takes the
    /// credentials that its client has.
    ///
    /// # Errors
    /// Skipped: it cannot be made so.
    fn prepare(&mut self, setup: &Setup) -> Result<Setup, Stop>;

    /// Starts a session.
    ///
    /// # Errors
    /// The client cannot be made to start one.
    fn start(&mut self, start: Start) -> Result<(), Stop>;

    /// The next message of the client, or that it said nothing more in this session.
    ///
    /// # Errors
    /// Bytes came that are no message; or the port is broken.
    fn receive(&mut self) -> Result<Incoming, Stop>;

    /// Answers the last message.
    ///
    /// # Errors
    /// The client is gone.
    fn answer(&mut self, reply: Reply) -> Result<(), Stop>;

    /// Breaks the connection instead of answering the last message.
    ///
    /// # Errors
    /// The port cannot.
    fn hang_up(&mut self) -> Result<(), Stop>;

    /// Lets something happen at the device.
    ///
    /// # Errors
    /// Skipped: nothing can be made to happen there.
    fn act(&mut self, deed: Deed) -> Result<(), Stop>;

    /// What the device did besides answering.
    ///
    /// # Errors
    /// Skipped: nobody can look.
    fn observe(&mut self) -> Result<Observed, Stop>;
}
