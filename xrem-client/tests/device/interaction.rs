//! Alerts to the user, inside and outside of containers.

use core::time::Duration;

use omadm_proto::auth::nonce::Seed;
use xrem_client::interaction::{Echo, InputType, InteractionKind};
use xrem_client::{Action, ActionResult, Drem, Event, Interaction, UserAnswer, UserInterface};

use crate::world::*;

/// A device with a user, whose server has just answered package 1 with `body`.
fn asked(body: &str) -> Device {
    let mut device = Device::new(open_account());
    device.drem = Drem::new([open_account()], Seed::new([7; 32])).with_user_interface(UserInterface::Present);
    device.boot();
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(body));
    device
}

/// An alert with the options, and an Item for each of `texts`.
fn alert(id: u32, code: u32, options: &str, texts: &[&str]) -> String {
    let options = options.replace('&', "&amp;");
    let items: String = texts.iter().map(|text| format!("<Item><Data>{text}</Data></Item>")).collect();
    format!("<Alert><CmdID>{id}</CmdID><Data>{code}</Data><Item><Data>{options}</Data></Item>{items}</Alert>")
}

fn confirm(id: u32) -> String {
    alert(id, 1101, "", &["Go on?"])
}

fn atomic(children: &str) -> String {
    format!("<Atomic><CmdID>2</CmdID>{children}</Atomic>")
}

fn sequence(children: &str) -> String {
    format!("<Sequence><CmdID>2</CmdID>{children}</Sequence>")
}

/// What the user is asked.
fn question(device: &Device) -> Interaction {
    match &device.actions.front().expect("nobody is asked").1 {
        Action::Interact(interaction) => interaction.clone(),
        other => panic!("not for the user: {other:?}"),
    }
}

/// The Data of the Items in the last Status.
fn told(sent: &Sent) -> Vec<String> {
    let message = sent.message();
    let status = message.statuses().last().unwrap();
    status.items.iter().map(|item| item.data.as_ref().unwrap().as_str().unwrap().to_string()).collect()
}

#[test]
fn x_uia_01_a_text_is_shown_and_answered_200() {
    let mut device = asked(&alert(2, 1100, "MINDT=10", &["Hello"]));
    let shown = question(&device);
    assert_eq!((shown.kind, shown.text.as_str(), shown.server.as_str()), (InteractionKind::Display, "Hello", SERVER));
    assert_eq!(shown.options.min_display, Some(Duration::from_secs(10)));
    device.act(UserAnswer::Shown);
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Alert:2:200");
}

#[test]
fn x_uia_03_yes_no_and_cancel_have_their_codes() {
    for (answer, code) in [(UserAnswer::Yes, 200), (UserAnswer::No, 304), (UserAnswer::Cancelled, 214)] {
        let mut device = asked(&confirm(2));
        device.act(answer);
        assert_eq!(device.sent().statuses(), format!("SyncHdr:0:200 Alert:2:{code}"));
    }
}

#[test]
fn x_uia_04_nobody_answers_in_maxdt() {
    for (options, default) in [("MAXDT=15", vec![]), ("MAXDT=15&DR=1", vec!["1".to_string()])] {
        let mut device = asked(&alert(2, 1101, options, &["Go on?"]));
        let before = device.now;
        assert!(device.wait());
        assert_eq!(device.now.since(before), Duration::from_secs(15));
        let sent = device.sent();
        assert_eq!((sent.statuses().as_str(), told(&sent)), ("SyncHdr:0:200 Alert:2:408", default));
        assert_eq!(device.happened(|event| matches!(event, Event::InteractionExpired { .. })), 1);
        device.act(UserAnswer::Yes);
        assert!(device.sent.is_empty(), "an answer that comes too late is ignored");
    }
}

#[test]
fn x_uia_04_a_time_out_that_is_called_early_changes_nothing() {
    let mut device = asked(&alert(2, 1101, "MAXDT=15", &["Go on?"]));
    device.drem.handle_timeout(device.now, &mut device.tree);
    device.pump();
    assert!(device.sent.is_empty());
    device.act(UserAnswer::Yes);
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Alert:2:200");
}

#[test]
fn x_uia_05_a_text_is_typed() {
    let mut device = asked(&alert(2, 1102, "DR=John+Doe&MAXLEN=30&IT=A&ET=T&X=1&MINDT=no", &["Name"]));
    let question = question(&device);
    assert_eq!(question.options.default, Some(UserAnswer::Text("John Doe".into())));
    assert_eq!((question.options.max_len, question.options.input), (Some(30), InputType::Alphanumeric));
    assert_eq!((question.options.echo, question.options.min_display), (Echo::Text, None));
    device.act(UserAnswer::Text("CNN".into()));
    let sent = device.sent();
    assert_eq!((sent.statuses().as_str(), told(&sent)), ("SyncHdr:0:200 Alert:2:200", vec!["CNN".to_string()]));
}

#[test]
fn x_uia_05_a_text_that_the_options_forbid_never_leaves() {
    let cases = [
        ("MAXLEN=3", "four"),
        ("IT=N", "1.2.3"),
        ("IT=N", "one"),
        ("IT=D", "1122026"),
        ("IT=T", "12:00"),
        ("IT=P", "555-1"),
        ("IT=I", "192.168.1.256"),
        ("", "\u{1}"),
    ];
    for (options, typed) in cases {
        let mut device = asked(&alert(2, 1102, options, &["?"]));
        assert!(!question(&device).accepts(&UserAnswer::Text(typed.into())), "{options} {typed}");
        device.act(UserAnswer::Text(typed.into()));
        let sent = device.sent();
        assert_eq!((sent.statuses().as_str(), told(&sent)), ("SyncHdr:0:200 Alert:2:500", vec![]));
    }
    let good = [
        ("MAXLEN=4", "four"),
        ("IT=N", "-1.25"),
        ("IT=D", "24122026"),
        ("IT=T", "235959"),
        ("IT=P", "+49p1w2s"),
        ("IT=I", "192.168.001.255"),
        ("ET=P", "h%26"),
    ];
    for (options, typed) in good {
        let device = asked(&alert(2, 1102, options, &["?"]));
        assert!(question(&device).accepts(&UserAnswer::Text(typed.into())), "{options} {typed}");
    }
}

#[test]
fn x_uia_07_a_choice_is_answered_with_its_number() {
    let mut device = asked(&alert(2, 1103, "DR=2", &["Which?", "red", "green", "blue"]));
    let question = question(&device);
    assert_eq!(question.choices, ["red", "green", "blue"]);
    assert_eq!(question.options.default, Some(UserAnswer::Choice(2)));
    assert!(!question.accepts(&UserAnswer::Choice(4)) && !question.accepts(&UserAnswer::Choice(0)));
    device.act(UserAnswer::Choice(2));
    let sent = device.sent();
    assert_eq!((sent.statuses().as_str(), told(&sent)), ("SyncHdr:0:200 Alert:2:200", vec!["2".to_string()]));
}

#[test]
fn x_uia_08_several_choices_are_answered_with_an_item_each() {
    let mut device = asked(&alert(2, 1104, "DR=2-3", &["Which?", "red", "green", "blue"]));
    let question = question(&device);
    assert_eq!(question.options.default, Some(UserAnswer::Choices(vec![2, 3])));
    assert!(!question.accepts(&UserAnswer::Choices(vec![1, 1])));
    device.act(UserAnswer::Choices(vec![3, 2]));
    let sent = device.sent();
    assert_eq!(told(&sent), ["3", "2"]);
}

#[test]
fn x_uia_08_the_default_of_a_choice_that_nobody_made_goes_with_the_408() {
    let mut device = asked(&alert(2, 1104, "MAXDT=1&DR=2-3", &["Which?", "red", "green", "blue"]));
    device.wait();
    let sent = device.sent();
    assert_eq!((sent.statuses().as_str(), told(&sent).join("-").as_str()), ("SyncHdr:0:200 Alert:2:408", "2-3"));
}

#[test]
fn x_uia_10_too_few_items_are_answered_412() {
    let one = "<Alert><CmdID>2</CmdID><Data>1101</Data><Item/></Alert>".to_string();
    let none = "<Alert><CmdID>2</CmdID><Data>1100</Data></Alert>".to_string();
    let wordless = "<Alert><CmdID>2</CmdID><Data>1100</Data><Item/><Item/></Alert>".to_string();
    let cases = [one, none, wordless, alert(2, 1103, "", &["Which?"]), alert(2, 1104, "", &["Which?"])];
    for body in cases {
        let mut device = asked(&body);
        assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Alert:2:412", "{body}");
        assert!(device.actions.is_empty());
    }
}

#[test]
fn what_cannot_be_displayed_is_answered_416_and_what_the_driver_does_not_do_406() {
    for (result, code) in [
        (ActionResult::User(UserAnswer::CannotShow), 416),
        (ActionResult::refused(), 406),
        (ActionResult::User(UserAnswer::Text("yes".into())), 500),
    ] {
        let mut device = asked(&confirm(2));
        device.act(result);
        assert_eq!(device.sent().statuses(), format!("SyncHdr:0:200 Alert:2:{code}"));
    }
}

#[test]
fn without_maxdt_the_user_is_waited_for_an_hour_and_no_longer() {
    for options in ["", "MAXDT=4000000000"] {
        let mut device = asked(&alert(2, 1101, options, &["Go on?"]));
        assert!(device.wait());
        assert_eq!((device.now.as_millis(), device.sent().statuses()), (3_600_000, "SyncHdr:0:200 Alert:2:408".into()));
    }
}

#[test]
fn several_alerts_are_put_to_the_user_one_after_the_other() {
    let mut device = asked(&(confirm(2) + &alert(3, 1102, "", &["Name"]) + &get(4, "./DevDetail/FwV")));
    assert_eq!(device.actions.len(), 1);
    device.act(UserAnswer::Yes);
    device.act(UserAnswer::Text("x".into()));
    let sent = device.sent();
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Alert:2:200 Alert:3:200 Get:4:200");
}

#[test]
fn a_cancel_leaves_the_rest_of_the_package_undone() {
    let body = replace(2, "./Vendor/Example/Interval", "5")
        + &confirm(3)
        + &replace(4, "./Vendor/Example/A", "1")
        + &format!("<Sequence><CmdID>5</CmdID>{}</Sequence>", get(6, "./DevDetail/FwV"));
    let mut device = asked(&body);
    device.act(UserAnswer::Cancelled);
    let sent = device.sent();
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Replace:2:200 Alert:3:214 Replace:4:215 Sequence:5:215 Get:6:215");
    assert_eq!((device.text("./Vendor/Example/Interval"), device.text("./Vendor/Example/A")), ("5", "0"));
    device.answer(&sent, &sent.reply(&replace(2, "./Vendor/Example/A", "2")));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Replace:2:200", "the next package runs");
}

#[test]
fn a_cancel_holds_for_all_messages_of_the_package() {
    let mut device = Device::new(open_account());
    device.drem = Drem::new([open_account()], Seed::new([7; 32])).with_user_interface(UserInterface::Present);
    device.boot();
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply_more(&confirm(2)));
    device.act(UserAnswer::Cancelled);
    let sent = device.sent();
    assert_eq!((sent.statuses().as_str(), sent.alerts()), ("SyncHdr:0:200 Alert:2:214", vec![1222]));
    let rest = "<Status><CmdID>7</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>"
        .to_string()
        + &replace(8, "./Vendor/Example/A", "1");
    device.answer(&sent, &sent.reply(&rest));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Replace:8:215");
    assert_eq!(device.text("./Vendor/Example/A"), "0");
}

#[test]
fn x_atm_08_no_inside_an_atomic_undoes_it() {
    let mut device = asked(&atomic(
        &(replace(3, "./Vendor/Example/A", "1") + &confirm(4) + &replace(5, "./Vendor/Example/Blob", "after")),
    ));
    let before = asked(&confirm(2)).tree;
    device.act(UserAnswer::No);
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Atomic:2:507 Replace:3:216 Alert:4:304 Replace:5:215");
    assert!(device.tree == before);
}

#[test]
fn x_atm_10_yes_inside_an_atomic_lets_it_happen() {
    let mut device = asked(&atomic(
        &(replace(3, "./Vendor/Example/A", "1")
            + &confirm(4)
            + &alert(5, 1102, "", &["Name"])
            + &replace(6, "./Vendor/Example/Blob", "after")),
    ));
    device.act(UserAnswer::Yes);
    device.act(UserAnswer::Text("me".into()));
    let sent = device.sent();
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Atomic:2:200 Replace:3:200 Alert:4:200 Alert:5:200 Replace:6:200");
    let message = sent.message();
    let typed = message.statuses().find(|status| status.cmd_ref.to_string() == "5").unwrap();
    assert_eq!(typed.items[0].data.as_ref().unwrap().as_str(), Some("me"));
    assert_eq!((device.text("./Vendor/Example/A"), device.text("./Vendor/Example/Blob")), ("1", "after"));
}

#[test]
fn a_cancel_inside_an_atomic_undoes_it_and_ends_the_package() {
    let body = atomic(&(replace(3, "./Vendor/Example/A", "1") + &confirm(4))) + &get(5, "./DevDetail/FwV");
    let mut device = asked(&body);
    device.act(UserAnswer::Cancelled);
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Atomic:2:507 Replace:3:216 Alert:4:214 Get:5:215");
}

#[test]
fn while_the_user_thinks_nothing_of_the_atomic_is_in_the_tree_and_the_devices_own_writes_stay() {
    let mut device = asked(&atomic(&(replace(3, "./Vendor/Example/A", "1") + &confirm(4))));
    assert!(!device.tree.in_transaction());
    assert_eq!(device.text("./Vendor/Example/A"), "0");
    device.tree.set("./Vendor/Example/Blob", "own").unwrap();
    device.act(UserAnswer::No);
    assert_eq!((device.text("./Vendor/Example/A"), device.text("./Vendor/Example/Blob")), ("0", "own"));
}

#[test]
fn an_atomic_that_has_failed_asks_nobody() {
    let mut device = asked(&atomic(&(replace(3, "./None", "1") + &confirm(4))));
    assert!(device.actions.is_empty());
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Atomic:2:507 Replace:3:404 Alert:4:215");
}

#[test]
fn x_atm_18_no_in_a_sequence_skips_what_is_behind_it() {
    let body = sequence(
        &(replace(3, "./Vendor/Example/A", "1")
            + &confirm(4)
            + &replace(5, "./Vendor/Example/Blob", "after")
            + &get(6, "./DevDetail/FwV")),
    ) + &replace(7, "./Vendor/Example/Interval", "7");
    let mut device = asked(&body);
    device.act(UserAnswer::No);
    let sent = device.sent();
    assert_eq!(
        sent.statuses(),
        "SyncHdr:0:200 Sequence:2:200 Replace:3:200 Alert:4:304 Replace:5:215 Get:6:215 Replace:7:200"
    );
    assert_eq!((device.text("./Vendor/Example/A"), device.text("./Vendor/Example/Blob")), ("1", "before"));
    assert_eq!(sent.results(), "");
}

#[test]
fn nobody_answering_in_a_sequence_skips_what_is_behind_it_too() {
    let mut device = asked(&sequence(&(alert(3, 1101, "MAXDT=5", &["?"]) + &replace(4, "./Vendor/Example/A", "1"))));
    device.wait();
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Sequence:2:200 Alert:3:408 Replace:4:215");
}

#[test]
fn x_atm_19_no_outside_of_containers_changes_nothing() {
    let mut device = asked(&(confirm(2) + &replace(3, "./Vendor/Example/A", "1")));
    device.act(UserAnswer::No);
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Alert:2:304 Replace:3:200");
    assert_eq!(device.text("./Vendor/Example/A"), "1");
}

#[test]
fn an_abort_while_the_user_thinks_ends_the_session() {
    let mut device = asked(&confirm(2));
    device.drem.abort_session(device.now, &mut device.tree);
    device.pump();
    assert_eq!(device.sent().alerts(), [1223]);
    device.act(UserAnswer::Yes);
    assert!(device.sent.is_empty());
}

#[test]
fn what_a_user_is_asked_and_says_stays_out_of_debug_output() {
    let device = asked(&alert(2, 1102, "DR=hidden", &["Your PIN?"]));
    let text = format!("{:?} {:?}", question(&device), ActionResult::User(UserAnswer::Text("1234".into())));
    assert!(!text.contains("PIN") && !text.contains("hidden") && !text.contains("1234"), "{text}");
}
