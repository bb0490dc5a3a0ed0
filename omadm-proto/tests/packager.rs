//! Filling messages up to MaxMsgSize.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has a standard library"
)]
#![cfg(all(feature = "xml", feature = "wbxml"))]

use omadm_proto::encode::Finality;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Command, Container, Data, Item, Location, Message, Status, SyncHdr, TreeCommand, Verb};
use omadm_proto::packager::{PackError, Packager, Pushed};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use proptest::prelude::*;

const SYNTAXES: [Syntax; 2] = [Syntax::Xml, Syntax::Wbxml];

fn header() -> SyncHdr<'static> {
    let target = Location::new("urn:imei:004999010640000");
    let source = Location::new("https://dm.example.net/omadm").named("dm.example.net");
    SyncHdr::new(DmVersion::V1_2, "A7", MsgId::new(2), target, source)
}

fn get(cmd_id: u32) -> Command<'static> {
    let uri = format!("./Vendor/Example/Node{cmd_id}");
    Command::Tree(TreeCommand::new(Verb::Get, cmd_id, vec![Item::target(uri)]))
}

fn sync_hdr_status() -> Command<'static> {
    Command::Status(Status::new(1, MsgId::FIRST, CmdId::SYNC_HDR, "SyncHdr", StatusCode::OK))
}

fn replace(cmd_id: u32, len: usize) -> Command<'static> {
    let item = Item::target("./Vendor/Example/Blob").with_data(Data::text("x".repeat(len)));
    Command::Tree(TreeCommand::new(Verb::Replace, cmd_id, vec![item]))
}

#[test]
fn x_msg_01_thirty_gets_are_spread_over_messages_of_at_most_1000_bytes() {
    for syntax in SYNTAXES {
        let mut waiting = (2..32).map(get).peekable();
        let mut seen = Vec::new();
        let mut messages = 0;
        while waiting.peek().is_some() {
            let mut packager = Packager::begin(syntax, &header(), Some(1000)).unwrap();
            assert_eq!(packager.push(&sync_hdr_status()), Ok(Pushed::Fits));
            while waiting.peek().is_some_and(|next| packager.push(next) == Ok(Pushed::Fits)) {
                waiting.next();
            }
            let bytes = packager.finish(Finality::Final);
            assert!(bytes.len() <= 1000, "{syntax}: {} bytes", bytes.len());
            let message = Message::decode(&bytes).unwrap();
            seen.extend(message.commands().skip(1).map(|command| command.cmd_id().clone().into_owned()));
            messages += 1;
        }
        assert!(messages > 1, "{syntax}");
        assert_eq!(seen, (2..32).map(CmdId::Number).collect::<Vec<_>>(), "{syntax}");
    }
}

#[test]
fn a_message_holds_exactly_as_much_as_the_limit_and_not_one_byte_more() {
    for syntax in SYNTAXES {
        let mut whole = Packager::begin(syntax, &header(), None).unwrap();
        assert_eq!(whole.push(&get(2)), Ok(Pushed::Fits));
        let exact = whole.finish(Finality::Final).len() as u64;
        let mut packager = Packager::begin(syntax, &header(), Some(exact)).unwrap();
        assert_eq!(packager.push(&get(2)), Ok(Pushed::Fits), "{syntax}");
        assert_eq!(packager.remaining(), 0, "{syntax}");
        assert_eq!(packager.finish(Finality::Final).len() as u64, exact, "{syntax}");
        let mut packager = Packager::begin(syntax, &header(), Some(exact - 1)).unwrap();
        let needed = usize::try_from(exact).unwrap();
        assert_eq!(packager.push(&get(2)), Err(PackError::TooLarge { needed, allowed: needed - 1 }), "{syntax}");
    }
}

#[test]
fn a_refused_command_leaves_the_message_as_it_was() {
    for syntax in SYNTAXES {
        let fill = |refused: &[usize]| {
            let mut packager = Packager::begin(syntax, &header(), Some(1200)).unwrap();
            assert_eq!(packager.push(&replace(2, 300)), Ok(Pushed::Fits));
            let room = packager.remaining();
            for more in refused {
                assert_ne!(packager.push(&replace(3, room + more)), Ok(Pushed::Fits));
                assert_eq!(packager.remaining(), room);
            }
            assert_eq!(packager.push(&get(3)), Ok(Pushed::Fits));
            packager.finish(Finality::Final)
        };
        assert_eq!(fill(&[0, 1000]), fill(&[]), "{syntax}");
    }
}

#[test]
fn x_atm_12_an_atomic_that_no_message_can_carry_is_told_with_its_size() {
    let atomic = Command::Atomic(Container::new(2, vec![replace(3, 1000), replace(4, 1000)]));
    let mut packager = Packager::begin(Syntax::Wbxml, &header(), Some(1000)).unwrap();
    assert_eq!(packager.push(&sync_hdr_status()), Ok(Pushed::Fits));
    let refused = packager.push(&atomic).unwrap_err();
    let PackError::TooLarge { needed, allowed: 1000 } = refused else { panic!("{refused}") };
    assert!((2100..2300).contains(&needed), "{needed}");
    assert!(refused.to_string().ends_with("bytes is needed but the peer allows 1000; send the object in chunks"));
}

#[test]
fn a_command_that_would_fit_the_next_message_is_full_and_not_too_large() {
    let mut packager = Packager::begin(Syntax::Wbxml, &header(), Some(600)).unwrap();
    assert_eq!(packager.push(&sync_hdr_status()), Ok(Pushed::Fits));
    assert!(packager.holds_only_statuses());
    assert_eq!(packager.push(&replace(2, 200)), Ok(Pushed::Fits));
    assert!(!packager.holds_only_statuses());
    let room = packager.remaining();
    assert_eq!(packager.push(&replace(3, room)), Ok(Pushed::Full));
}

#[test]
fn the_status_of_the_header_counts_against_every_message() {
    let mut packager = Packager::begin(Syntax::Wbxml, &header(), Some(600)).unwrap();
    assert_eq!(packager.push(&sync_hdr_status()), Ok(Pushed::Fits));
    let room = packager.remaining();
    assert!(matches!(packager.push(&replace(2, room)), Err(PackError::TooLarge { allowed: 600, .. })));
}

#[test]
fn without_a_limit_everything_fits() {
    for syntax in SYNTAXES {
        let mut packager = Packager::begin(syntax, &header(), None).unwrap();
        assert_eq!(packager.push(&replace(2, 200_000)), Ok(Pushed::Fits));
        assert_eq!(packager.remaining(), usize::MAX);
    }
}

#[test]
fn a_header_larger_than_the_limit_is_refused() {
    let refused = Packager::begin(Syntax::Xml, &header(), Some(100)).unwrap_err();
    assert!(matches!(refused, PackError::TooLarge { allowed: 100, .. }), "{refused}");
}

#[test]
fn final_is_written_only_when_it_is_asked_for() {
    for syntax in SYNTAXES {
        for (finality, is_final) in [(Finality::Final, true), (Finality::More, false)] {
            let mut packager = Packager::begin(syntax, &header(), Some(1000)).unwrap();
            assert_eq!(packager.push(&get(2)), Ok(Pushed::Fits));
            let bytes = packager.finish(finality);
            assert_eq!(Message::decode(&bytes).unwrap().is_final, is_final, "{syntax}");
        }
    }
}

proptest! {
    #[test]
    fn no_message_is_ever_longer_than_the_limit(
        lens in proptest::collection::vec(0_usize..400, 1..12), max in 500_u64..2000,
    ) {
        for syntax in SYNTAXES {
            let mut packager = Packager::begin(syntax, &header(), Some(max)).unwrap();
            let mut taken = 0;
            for (at, len) in lens.iter().enumerate() {
                let before = packager.remaining();
                match packager.push(&replace(u32::try_from(at).unwrap() + 2, *len)) {
                    Ok(Pushed::Fits) => taken += 1,
                    Ok(Pushed::Full) | Err(PackError::TooLarge { .. }) => {
                        prop_assert_eq!(packager.remaining(), before);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            let bytes = packager.finish(Finality::Final);
            prop_assert!(bytes.len() as u64 <= max);
            prop_assert_eq!(Message::decode(&bytes).unwrap().commands.len(), taken);
        }
    }
}
