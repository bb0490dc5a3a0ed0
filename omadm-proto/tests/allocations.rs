//! What writing costs in allocations: nothing, once the buffer has served.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a test fails by panicking, and has a standard library"
)]
#![cfg(feature = "wbxml")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use omadm_proto::alert::AlertCode;
use omadm_proto::encode::{Finality, MessageWriter};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{
    Alert, Command, Container, Cred, Data, Format, Item, Location, Message, Meta, Results, Status, SyncHdr,
    TreeCommand, Verb,
};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

/// The allocator of the system, with a count for each thread, since tests run beside each other.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and the block came from the allocator of the system.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as for `dealloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

fn header() -> SyncHdr<'static> {
    let target = Location::new("https://dm.example.net/omadm");
    let mut header = SyncHdr::new(DmVersion::V1_2, "A7", MsgId::FIRST, target, Location::new("IMEI:004999010640000"));
    let meta = Meta::with_format(Format::B64).and_type("syncml:auth-md5");
    header.cred = Some(Cred::new(Some(meta), Data::text("Zz6EivR3yeaaENcRN6lpAQ==")));
    header
}

/// Package 1: an alert and the DevInfo.
fn package_1() -> Message<'static> {
    let mut message = Message::new(header());
    let leaf = |uri: &'static str, value: &'static str| {
        let meta = Meta::with_format(Format::Chr).and_type("text/plain");
        Item::source(uri).with_meta(meta).with_data(Data::text(value))
    };
    let dev_info = vec![
        leaf("./DevInfo/DevId", "IMEI:004999010640000"),
        leaf("./DevInfo/Man", "Example Devices"),
        leaf("./DevInfo/Mod", "GW-1000"),
        leaf("./DevInfo/DmV", "1.2"),
        leaf("./DevInfo/Lang", "en-US"),
    ];
    message.commands = vec![
        Command::Alert(Alert::new(1, AlertCode::CLIENT_INITIATED, vec![])),
        Command::Tree(TreeCommand::new(Verb::Replace, 2, dev_info)),
    ];
    message.is_final = true;
    message
}

/// Statuses, Results, a container, and two thousand Replaces with text, numbers and bytes.
fn long_message() -> Message<'static> {
    let mut message = Message::new(header());
    let mut status = Status::new(1, MsgId::FIRST, CmdId::SYNC_HDR, "SyncHdr", StatusCode::AUTHENTICATION_ACCEPTED);
    status.target_refs.push("https://dm.example.net/omadm");
    let results = Results::new(2, MsgId::FIRST, CmdId::Number(4), vec![Item::source("./DevInfo/Man")]);
    let add = TreeCommand::new(Verb::Add, 4, vec![Item::target("./Vendor/Example/A")]);
    message.commands = vec![
        Command::Status(status),
        Command::Results(results),
        Command::Atomic(Container::new(3, vec![Command::Tree(add)])),
    ];
    for cmd_id in 5..2005 {
        let item = Item::target(format!("./DevDetail/Ext/Sensors/{cmd_id:05}/Interval"));
        let item = match cmd_id % 3 {
            0 => item.with_meta(Meta::with_format(Format::Int).and_type("text/plain")).with_data(Data::text("60")),
            1 => item.with_meta(Meta::with_format(Format::Bin)).with_data(Data::from_bytes(&b"\0\x01\xFE\xFF"[..])),
            _ => item.with_meta(Meta::default().and_size(100_000)).with_data(Data::text("x".repeat(500))),
        };
        message.commands.push(Command::Tree(TreeCommand::new(Verb::Replace, cmd_id, vec![item])));
    }
    message
}

#[test]
fn a_message_is_written_as_wbxml_into_a_buffer_that_served_without_an_allocation() {
    for message in [package_1(), long_message()] {
        let mut out = Vec::new();
        message.encode(Syntax::Wbxml, &mut out).unwrap();
        let first = out.clone();
        out.clear();
        assert_eq!(allocations_of(|| message.encode(Syntax::Wbxml, &mut out).unwrap()), 0);
        assert_eq!(out, first);
    }
}

#[test]
fn the_length_of_a_message_is_told_without_an_allocation() {
    for message in [package_1(), long_message()] {
        for syntax in [Syntax::Wbxml, Syntax::Xml] {
            assert_eq!(allocations_of(|| assert!(message.encoded_len(syntax).is_ok())), 0);
        }
    }
}

#[test]
fn a_message_that_grows_by_commands_needs_no_allocation_either() {
    let message = long_message();
    let write = |buffer: &mut Vec<u8>| {
        buffer.clear();
        let mut writer = MessageWriter::begin_in(buffer, Syntax::Wbxml, &message.header).unwrap();
        message.commands.iter().for_each(|command| writer.command(command).unwrap());
        *buffer = writer.finish(Finality::More);
    };
    let mut buffer = Vec::new();
    write(&mut buffer);
    assert_eq!(allocations_of(|| write(&mut buffer)), 0);
}
