//! MSG: message size and multi-message packages.

use omadm_proto::ids::CmdId;
use omadm_proto::message::Command;

use crate::device::answer::{Answer, demand};
use crate::device::bench::Bench;
use crate::device::command::{Cmd, get};
use crate::device::session::next_message;
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-MSG-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "server MaxMsgSize is obeyed",
        rule: "package 3 spans messages; all but the last without Final",
        run: msg_02,
    },
    Row {
        id: "X-MSG-04",
        side: Side::Client,
        level: Level::Mandatory,
        title: "client answers the 1222",
        rule: "starts with Status SyncHdr and Status for the Alert 1222 (200), then further Statuses / Results",
        run: msg_04,
    },
    Row {
        id: "X-MSG-12",
        side: Side::Both,
        level: Level::Mandatory,
        title: "limit changes take effect",
        rule: "used from the next message on; absent value keeps the last one; 0 or unparsable ignored",
        run: msg_12,
    },
];

/// Gets whose answers need several messages of 1000 octets in either syntax.
fn many() -> Vec<Cmd> {
    ["./T/s", "./T/i", "./T/sub", "./DevDetail/FwV", "./T/sub/a"].iter().cycle().take(60).map(|uri| get(uri)).collect()
}

fn within(answer: &Answer, limit: usize) -> Result<(), Stop> {
    for received in &answer.messages {
        let length = received.bytes.len();
        demand(length <= limit, &format!("messages of at most {limit} octets"), format!("{length} octets"))?;
    }
    demand(answer.messages.len() > 1, "a package of several messages", "one message")
}

fn msg_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let draft = s.draft().max_msg_size("1000").commands(many());
    let answer = s.send_draft(draft)?;
    answer.complete()?;
    answer.codes(&[200; 60])?;
    within(&answer, 1000)?;
    s.close()
}

fn msg_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let draft = s.draft().max_msg_size("1000").commands(many());
    s.ask(draft)?;
    demand(!s.last.message.is_final, "a first message without Final", "Final")?;
    let draft = s.draft().commands([next_message()]).more();
    let (sent, _) = s.exchange_or(draft, "the next message of the package")?;
    let alert = sent.commands.first().map_or(CmdId::Absent, |(id, _)| CmdId::Number(*id));
    let second = s.last.message.commands().nth(1);
    let good = matches!(second, Some(Command::Status(status))
        if status.cmd == "Alert" && status.cmd_ref == alert && status.code.as_u16() == 200);
    demand(
        good,
        "Status 200 for the Alert 1222 right after that for the SyncHdr",
        second.map_or("nothing", Command::name),
    )
    .map_err(|stop| stop.at(s.place()))?;
    let more = s.last.message.commands().count();
    demand(more > 2, "further Statuses or Results", "none")?;
    while !s.last.message.is_final {
        let draft = s.draft().commands([next_message()]).more();
        s.exchange_or(draft, "the next message of the package")?;
    }
    s.close()
}

fn msg_12(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let draft = s.draft().max_msg_size("4000").commands(many());
    within(&s.send_draft(draft)?, 4000)?;
    let draft = s.draft().max_msg_size("1000").commands(many());
    within(&s.send_draft(draft)?, 1000)?;
    // Neither absence nor nonsense changes it.
    let draft = s.draft().commands(many());
    within(&s.send_draft(draft)?, 1000)?;
    let draft = s.draft().max_msg_size("0").commands(many());
    within(&s.send_draft(draft)?, 1000)?;
    s.close()
}
