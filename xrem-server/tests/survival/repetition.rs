//! Messages that come twice, late, or as garbage \[dm 3.10\].

use core::time::Duration;

use omadm_proto::exchange::Syntax;
use omadm_proto::message::Message;

use crate::rig::{DEVICE, Plot, Rig};

#[test]
fn x_srv_15_every_message_that_comes_again_gets_the_same_bytes_and_changes_nothing() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        for plot in Plot::ALL {
            let mut rig = Rig::new(plot, syntax);
            let once = Rig::new(plot, syntax).run(|_, _, _| {});
            let twice = rig.run(|rig, message, answer| {
                let before = rig.stored();
                for _ in 0..2 {
                    let step = rig.serve(&message.body);
                    assert!(step.persist.is_empty(), "{plot:?}: a repetition costs no write");
                    assert_eq!(step.reply.unwrap().body, answer, "{plot:?} in {syntax}");
                    rig.now = rig.now + Duration::from_secs(30);
                }
                assert_eq!(rig.stored(), before);
            });
            assert_eq!(once, twice, "{plot:?} in {syntax}");
            rig.assert_done();
        }
    }
}

#[test]
fn x_srv_15_a_late_duplicate_of_any_older_message_is_answered_without_effect() {
    for plot in Plot::ALL {
        let mut rig = Rig::new(plot, Syntax::Wbxml);
        let mut older: Vec<Vec<u8>> = Vec::new();
        rig.run(|rig, message, _| {
            let job = format!("{:?}", rig.job());
            let is_open = |rig: &Rig| {
                let loaded = xrem_server::store::Store::load(&rig.store, &DEVICE.into()).unwrap();
                loaded.session.is_open()
            };
            if is_open(rig) {
                for late in &older {
                    let answer = rig.answer(late);
                    let message = Message::decode(&answer).unwrap();
                    assert!(message.statuses().next().unwrap().code.as_u16() >= 400, "{plot:?}: it is refused");
                }
                assert!(is_open(rig), "{plot:?}: the session goes on");
            }
            assert_eq!(format!("{:?}", rig.job()), job, "{plot:?}: nothing is executed");
            older.push(message.body.to_vec());
        });
        rig.assert_done();
    }
}

#[test]
fn x_abo_09_the_same_inputs_give_the_same_outputs_whatever_the_clock_says() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        for plot in Plot::ALL {
            let early = Rig::new(plot, syntax).run(|_, _, _| {});
            let mut rig = Rig::new(plot, syntax);
            rig.now = rig.now + Duration::from_secs(86_400);
            let late = rig.run(|rig, _, _| rig.now = rig.now + Duration::from_secs(20));
            assert_eq!(early, late, "{plot:?} in {syntax}");
        }
    }
}
