//! Inbox, `./Inbox`: where a server Adds a management object for the device to file \[dm 11.4, mo 4.5\]. Takes Add only;
//! nothing stays below it.

use super::moi;
use super::table::{NodeRow, ObjectTable};
use crate::ddf::Occurrence;
use crate::node::AccessType;
use omadm_proto::message::Format;

/// The Inbox; [`ObjectTable::instance`] puts it at [`INBOX_ROOT`].
pub const INBOX: ObjectTable<'_> = ObjectTable::new("Inbox", moi::INBOX, &[INBOX_ROWS]);

/// Where it is.
pub const INBOX_ROOT: &str = "./Inbox";

const INBOX_ROWS: &[NodeRow<'_>] = &[NodeRow::fixed("", Format::Node, AccessType::ADD, Occurrence::ZeroOrOne)
    .open()
    .about("Takes management objects, which the device files by their identifier")];
