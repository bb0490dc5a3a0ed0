//! The rules, each with its row in the facts, what the peer would do, and what to do instead.

use crate::element::Tag;
use crate::message::Format;

/// A rule for what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// VerDTD and VerProto are no pair that OMA DM has.
    #[error("VerDTD and VerProto name no version of OMA DM")]
    Version,
    /// Windows speaks DM 1.2 alone.
    #[error("VerDTD is not 1.2, or VerProto not DM/1.2")]
    WindowsVersion,
    /// A SessionID that no reader takes.
    #[error("the SessionID is empty, or longer than 36 bytes")]
    SessionId,
    /// MsgID counts from 1.
    #[error("the MsgID is 0")]
    MsgId,
    /// Target or Source of the SyncHdr names nobody.
    #[error("Target or Source of the SyncHdr is empty")]
    Nobody,
    /// A SyncBody holds one command at least.
    #[error("the SyncBody holds no command")]
    NoCommands,

    /// A command without CmdID.
    #[error("it has no CmdID")]
    NoCmdId,
    /// The CmdID `0`, which stands for the SyncHdr.
    #[error("its CmdID is 0")]
    ZeroCmdId,
    /// A CmdID that another command of the message has.
    #[error("an earlier command has the same CmdID")]
    DuplicateCmdId,
    /// A CmdID that is no number.
    #[error("its CmdID is no number")]
    TextCmdId,

    /// An element that is no DM command.
    #[error("it is no command of device management")]
    UnknownCommand,
    /// An element that is legal in SyncML but not used in device management.
    #[error("{0} is not used in device management")]
    NotUsed(Tag),
    /// An element that DM 1.1 does not have.
    #[error("DM 1.1 has no {0}")]
    SinceVersion12(Tag),
    /// A Format that DM 1.1 does not have.
    #[error("DM 1.1 has no Format {0}")]
    FormatSinceVersion12(Format),
    /// The Generic Alert, which DM 1.1 does not have.
    #[error("DM 1.1 has no alert 1226")]
    AlertSinceVersion12,
    /// A Format that nobody registered.
    #[error("its Format is none of the eleven")]
    Format,
    /// A Correlator in a command that is neither Exec nor Alert.
    #[error("it has a Correlator and is neither Exec nor Alert")]
    Correlator,
    /// A Correlator, which Windows does not support.
    #[error("Windows supports no Correlator")]
    WindowsCorrelator,
    /// A mandatory element is missing.
    #[error("it has no {0}")]
    Missing(Tag),
    /// An Exec with more than one Item.
    #[error("an Exec has exactly one Item")]
    ItemsOfExec,
    /// An Item that names no node: no Target, in a Copy no Target or no Source.
    #[error("the Item names no node")]
    NoAddress,
    /// A LocURI that names no node.
    #[error("the LocURI {0}")]
    Uri(UriFault),

    /// A command that no Atomic may hold: anything but Add, Alert, Copy, Delete and Replace.
    #[error("it may not stand in an Atomic")]
    AtomicChild,
    /// A command that no Sequence may hold: a Status, Results, another Sequence.
    #[error("it may not stand in a Sequence")]
    SequenceChild,
    /// An Atomic or a Sequence that holds nothing.
    #[error("it holds no command")]
    EmptyContainer,
    /// A Replace of a node that an Add in the same Atomic creates.
    #[error("an Add in the same Atomic creates the node")]
    AddThenReplace,
    /// Nodes of the device and of a user in one Atomic.
    #[error("the Atomic holds nodes of ./Device and of ./User")]
    MixedScopes,

    /// An alert for the user, which Windows does not show.
    #[error("Windows shows no alert to its user")]
    UserAlert,
    /// The first Status does not answer the SyncHdr.
    #[error("the first Status does not answer the SyncHdr")]
    StatusOrder,

    /// A chunk of a large object, for a peer that takes none.
    #[error("Windows takes no large objects")]
    LargeObject,
    /// A chunk inside an Atomic or Sequence.
    #[error("MoreData stands in an Atomic or Sequence")]
    MoreDataInContainer,
    /// Something follows a chunk in its message.
    #[error("something follows an Item with MoreData")]
    MoreDataNotLast,
    /// Final in a message that ends in the middle of an object.
    #[error("the message carries Final and ends with MoreData")]
    FinalBehindMoreData,
}

/// What is wrong with a LocURI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriFault {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// It begins with `/`.
    #[error("begins with /")]
    LeadingSlash,
    /// It ends with `/`.
    #[error("ends with /")]
    TrailingSlash,
    /// It has an empty name, `//`.
    #[error("has an empty name")]
    EmptyName,
    /// It has `.` behind the first name, or `..`.
    #[error("has . behind the first name, or ..")]
    Dot,
    /// One of its names is `*`.
    #[error("has a name *")]
    Asterisk,
    /// It has a character that must be written as `%` and two digits.
    #[error("holds {0:?}")]
    Character(char),
    /// It has a `%` with no two hexadecimal digits behind it.
    #[error("has a % that begins no escape")]
    Percent,
}

/// What there is to say about a rule.
struct Texts {
    row: &'static str,
    reaction: &'static str,
    remedy: &'static str,
}

const fn texts(row: &'static str, reaction: &'static str, remedy: &'static str) -> Texts {
    Texts { row, reaction, remedy }
}

impl Rule {
    /// Where the rule stands: a row of windows-quirks or a section of the sheet dm.
    #[must_use]
    pub const fn row(self) -> &'static str {
        self.texts().row
    }

    /// What a peer would do with such a message.
    #[must_use]
    pub const fn reaction(self) -> &'static str {
        self.texts().reaction
    }

    /// What to do instead.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        self.texts().remedy
    }

    const fn texts(self) -> Texts {
        match self {
            Self::Version => texts("dm 1", "it answers the SyncHdr 505 or 513", "write one of the versions"),
            Self::WindowsVersion => texts("W1", "it answers the SyncHdr 505 or 513", "write 1.2 and DM/1.2"),
            Self::SessionId => {
                texts("dm 2.2", "it finds no such session", "write 1 to 4 characters, or the peer's own SessionID")
            }
            Self::MsgId => texts("dm 2.2", "it may refuse the message", "count from 1"),
            Self::Nobody => texts("dm 2.2", "it answers the SyncHdr 404 or 403", "write the URI of either side"),
            Self::NoCommands => texts("dm 2.1", "it may refuse the message", "send a Status at least, or send nothing"),
            Self::NoCmdId => texts("W3", "it answers 400 with an empty CmdRef", "number the commands from 1"),
            Self::ZeroCmdId => texts("W3", "its answer reads as one to the SyncHdr", "number the commands from 1"),
            Self::DuplicateCmdId => {
                texts("W3", "its answers to the two cannot be told apart", "number the commands from 1")
            }
            Self::TextCmdId => texts("W3", "it may refuse the command", "number the commands from 1"),
            Self::UnknownCommand => texts("dm 2.1", "it answers 400 or 406", "leave it out"),
            Self::NotUsed(_) => texts("dm 2.1", "it may answer the command 400 or 406", "leave it out"),
            Self::SinceVersion12(_) => texts("dm 14", "it may answer the command 400 or 406", "leave it out"),
            Self::FormatSinceVersion12(_) => texts("dm 14", "it answers 415", "write the value as chr"),
            Self::AlertSinceVersion12 => texts("dm 14", "it answers 406", "report it another way"),
            Self::Format => {
                texts("W6", "it answers 415", "write b64, bin, bool, chr, int, node, null, xml, date, time or float")
            }
            Self::Correlator => texts("dm 2.1", "it may answer 400", "leave it out"),
            Self::WindowsCorrelator => texts("T15", "it ignores it", "leave it out, and match by the LocURI"),
            Self::Missing(_) => texts("dm 2.1", "it answers 400 or 412", "add it"),
            Self::ItemsOfExec => texts("L28", "it may execute one of them or answer 400", "send one Exec for each"),
            Self::NoAddress => texts("W5", "it answers 400 or 412", "add the LocURI"),
            Self::Uri(_) => texts("W5", "it answers 400 or 404", "write names joined by /, other characters as %HH"),
            Self::AtomicChild => {
                texts("W8", "it answers the command 500 and the Atomic 507", "move it out of the Atomic")
            }
            Self::SequenceChild => texts("dm 2.1", "it answers the command 400", "move it out of the Sequence"),
            Self::EmptyContainer => texts("dm 2.1", "it may answer 400", "leave it out"),
            Self::AddThenReplace => {
                texts("W8", "it answers the Atomic 507 and undoes it", "let the Add carry the value")
            }
            Self::MixedScopes => {
                texts("W9", "it answers the Atomic 507 and undoes it", "send an Atomic for each scope")
            }
            Self::UserAlert => texts("T14", "it answers 406", "leave it out"),
            Self::StatusOrder => {
                texts("dm 3.4", "it may take the message for not authenticated", "put the SyncHdr's Status first")
            }
            Self::LargeObject => texts("T12", "it answers 406", "send the object whole, or give it up"),
            Self::MoreDataInContainer => {
                texts("dm 3.7", "it answers the Atomic 507", "send the object before, on its own")
            }
            Self::MoreDataNotLast => {
                texts("dm 3.7", "it drops the object and sends alert 1225", "end the message with the chunk")
            }
            Self::FinalBehindMoreData => texts(
                "dm 3.5",
                "it may take the package for complete",
                "leave Final to the message with the last chunk",
            ),
        }
    }
}
