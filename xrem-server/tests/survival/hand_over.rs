//! A session belongs to no process: any of them goes on with it from its records.

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::DevId;
use xrem_server::session::Session;
use xrem_server::store::Store as _;

use crate::rig::{DEVICE, Plot, Rig, large};

#[test]
fn a_session_that_moves_after_every_message_says_the_same_bytes() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        for plot in Plot::ALL {
            let mut stays = Rig::new(plot, syntax);
            let said = stays.run(|_, _, _| {});
            let mut moves = Rig::new(plot, syntax);
            let said_moving = moves.run(|rig, _, _| rig.relocate());
            assert_eq!(said, said_moving, "{plot:?} in {syntax}");
            moves.assert_done();
            let least = match plot {
                Plot::Plain | Plot::Basic => 2,
                Plot::Challenges => 3,
                Plot::LargeObjects | Plot::ManyMessages => 5,
            };
            assert!(said.len() >= least, "{plot:?} in {syntax}: {} messages", said.len());
        }
    }
}

#[test]
fn large_values_arrive_whole_although_every_chunk_meets_another_process() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut rig = Rig::new(Plot::LargeObjects, syntax);
        rig.run(|rig, _, _| rig.relocate());
        assert_eq!(rig.text("./Vendor/Down"), Some(&*large(11_000)));
        let job = rig.job();
        assert_eq!(job.progress[4].outcome.results[0].text(), Some(&*large(9_000)));
    }
}

#[test]
fn x_abo_05_a_client_that_vanishes_after_any_message_finds_its_work_in_the_next_session() {
    for plot in Plot::ALL {
        let messages = Rig::new(plot, Syntax::Wbxml).run(|_, _, _| {}).len();
        for vanishes_at in 0..messages {
            let mut rig = Rig::new(plot, Syntax::Wbxml);
            let mut message = rig.start();
            for number in 0..=vanishes_at {
                let answer = rig.answer(&message.body);
                if number < vanishes_at {
                    message = rig.hear(&message, &answer).unwrap();
                }
            }
            // The last answer is lost, the process dies with its session, and the client begins anew.
            rig.lose(&message);
            rig.relocate();
            rig.run(|_, _, _| {});
            rig.assert_done();
        }
    }
}

#[test]
fn a_server_that_dies_between_commit_and_answer_loses_nothing() {
    for plot in Plot::ALL {
        let mut rig = Rig::new(plot, Syntax::Wbxml);
        let mut message = rig.start();
        loop {
            // The answer of this process never leaves; the client sends its message again, to another one.
            drop(rig.serve(&message.body));
            rig.relocate();
            let answer = rig.answer(&message.body);
            match rig.hear(&message, &answer) {
                Some(next) => message = next,
                None => break,
            }
        }
        rig.assert_done();
    }
}

#[test]
fn a_session_of_another_layout_is_refused_with_the_reason() {
    let mut rig = Rig::new(Plot::Plain, Syntax::Wbxml);
    let message = rig.start();
    rig.answer(&message.body);
    let session = rig.store.load(&DevId::new(DEVICE)).unwrap().session;
    let mut bytes = rmp_serde::to_vec_named(&session).unwrap();
    assert!(rmp_serde::from_slice::<Session>(&bytes).unwrap().is_open());
    assert_eq!(bytes[1], 1, "the layout comes first");
    bytes[1] = 2;
    let refused = rmp_serde::from_slice::<Session>(&bytes).unwrap_err().to_string();
    assert!(refused.contains("layout 2"), "{refused}");
    // A record that was cut short is no session either, wherever the cut is.
    bytes[1] = 1;
    for end in 0..bytes.len() {
        assert!(rmp_serde::from_slice::<Session>(&bytes[..end]).is_err(), "cut at {end}");
    }
}
