//! Sessions that nobody ends, and bytes that are no messages.

use omadm_proto::exchange::Syntax;
use xrem_server::store::{Record, Store as _};

use crate::rig::{DEVICE, Plot, Rig};

#[test]
fn x_ses_18_an_abandoned_session_is_freed_and_its_commands_are_queued_anew() {
    for plot in Plot::ALL {
        let mut rig = Rig::new(plot, Syntax::Wbxml);
        let mut node = rig.store.node(&DEVICE.into()).unwrap().unwrap();
        node.bearers = vec!["udp://192.0.2.1:2948".into()];
        rig.store.commit(&[Record::Node(node)]).unwrap();
        let mut message = rig.start();
        while !rig.job().has_sent() {
            let answer = rig.answer(&message.body);
            if !rig.job().has_sent() {
                message = rig.hear(&message, &answer).unwrap();
            }
        }
        rig.lose(&message);
        rig.advance_secs(599);
        assert!(rig.job().has_sent(), "{plot:?}: it may still come");
        rig.advance_secs(1_200);
        let session = rig.store.load(&DEVICE.into()).unwrap().session;
        assert!(!session.is_open() && session.id().is_none(), "{plot:?}: the session is freed");
        assert!(rig.job().has_pending() && !rig.job().has_sent(), "{plot:?}: not delivered");
        rig.run(|_, _, _| {});
        rig.assert_done();
    }
}

#[test]
fn x_abo_06_garbage_is_refused_and_the_session_goes_on() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut rig = Rig::new(Plot::Plain, syntax);
        rig.run(|rig, message, _| {
            let before = rig.stored();
            let half = &message.body[..message.body.len() / 2];
            for garbage in [b"".as_slice(), b"hello", b"<html/>", b"\x02\xFF\x6A\x00", half] {
                assert!(rig.is_garbage(garbage), "{garbage:?}");
            }
            assert_eq!(rig.stored(), before);
        });
        rig.assert_done();
    }
}
