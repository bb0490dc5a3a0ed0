//! Sessions with the MDM client of Windows, as its public traces show it. What the server answers is checked for everything
//! that Windows does not understand.

use crate::client::Client;
use crate::peer::{Server, run};
use crate::world::World;
use omadm_proto::dialect::{Dialect, check};
use omadm_proto::exchange::{Inbound, Syntax, TransportIdentity};
use omadm_proto::message::{Command, Message};
use serde_json::json;
use xrem_server::task::CommandSpec;

/// A message of the traces; the peer's placeholder for a device id is filled in.
fn trace(name: &str) -> Option<String> {
    let bytes = crate::shared::read(&format!("messages/{name}.xml"))?;
    Some(String::from_utf8(bytes).unwrap().replace("{unique device id}", DEVICE))
}

const DEVICE: &str = "B5B954E81FBCB94EB79BD08BE625F4EE";

/// A server that knows the device from its certificate, as enrolment leaves it.
fn server(todo: Vec<CommandSpec>) -> Server {
    let mut server = Server::new(todo);
    server.account = server.account.known_to_transport_as("CN=device");
    server
}

fn send(server: &mut Server, message: &str) -> String {
    let sender = Some(TransportIdentity::new("CN=device"));
    let reply = server.receive(Inbound::new(Syntax::Xml, message.as_bytes()).with_sender(sender));
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let answer = Message::decode(text.as_bytes()).unwrap();
    assert_eq!(check(&answer, Dialect::Windows), [], "{text}");
    assert!(!text.contains("<?xml") && !text.contains("CDATA") && !text.contains("<!--"), "W4, W7, T17");
    assert!(text.contains("xmlns=\"SYNCML:SYNCML1.2\""), "W1");
    text
}

fn statuses(message: &str) -> Vec<(String, String, u16)> {
    let message = Message::decode(message.as_bytes()).unwrap();
    message.statuses().map(|it| (it.cmd.to_string(), it.cmd_ref.to_string(), it.code.as_u16())).collect()
}

/// The trace without the command that `name` and `part` are of.
fn without(message: &str, name: &str, part: &str) -> String {
    let at = message.find(part).unwrap();
    let start = message[..at].rfind(&format!("<{name}>")).unwrap();
    let end = at + message[at..].find(&format!("</{name}>")).unwrap() + name.len() + 3;
    format!("{}{}", &message[..start], &message[end..])
}

#[test]
fn package_1_of_windows_is_answered_as_the_trace_of_a_server_does() {
    let (Some(package1), Some(expected)) = (trace("win-cli-pkg1"), trace("win-srv-pkg2-statusonly")) else { return };
    let mut server = server(Vec::new());
    let answer = send(&mut server, &package1);
    assert_eq!(statuses(&answer), statuses(&expected));
    assert!(Message::decode(answer.as_bytes()).unwrap().is_final, "W11");
    assert!(!server.session.is_open());
    assert_eq!(server.account.dialect, Some(Dialect::Windows), "told from its alert");
}

#[test]
fn windows_is_told_from_its_device_information_when_it_sends_no_alert_of_its_own() {
    let Some(package1) = trace("win-cli-pkg1") else { return };
    let mut server = server(Vec::new());
    send(&mut server, &without(&package1, "Alert", "LoginStatus"));
    assert_eq!(server.account.dialect, Some(Dialect::Windows));
}

#[test]
fn results_in_the_shape_of_windows_are_read() {
    let (Some(package1), Some(results)) = (trace("win-cli-pkg1"), trace("ms-mdm-4-client-results")) else { return };
    let mut server = server(vec![CommandSpec::get("./DevDetail/SwV"), CommandSpec::get("./DevDetail/HwV")]);
    let package2 = send(&mut server, &without(&package1, "Alert", "LoginStatus"));
    let ids: Vec<String> = Message::decode(package2.as_bytes())
        .unwrap()
        .commands()
        .filter(|command| matches!(command, Command::Tree(_)))
        .map(|command| command.cmd_id().to_string())
        .collect();
    assert_eq!(ids, ["4", "5"], "those that the trace answers");
    send(&mut server, &results);
    let values: Vec<_> = server.answers.iter().map(|answer| answer.values[0].text().unwrap().to_string()).collect();
    assert_eq!(values, ["[software version returned here]", "[hardware version returned here]"]);
}

#[test]
fn the_original_error_of_windows_is_kept() {
    let (Some(package1), Some(errors)) = (trace("win-cli-pkg1"), trace("ms-mdm-originalerror")) else { return };
    // Two Statuses are owed, so that the commands get the CmdIDs of the trace.
    let package1 = without(&without(&package1, "Alert", "LoginStatus"), "Replace", "./DevInfo/Man");
    let mut server = server(vec![CommandSpec::get("./Missing"), CommandSpec::exec("./Broken")]);
    server.account = server.account.speaking(Dialect::Windows);
    send(&mut server, &package1);
    send(&mut server, &errors.replace("<SessionID>4F<", "<SessionID>1<"));
    let errors: Vec<_> = server.answers.iter().map(|answer| answer.original_error.clone().unwrap()).collect();
    assert_eq!(errors, ["0x86000002", "0x800710DF"]);
    assert_eq!((server.status_of(0), server.status_of(1)), (Some(404), Some(500)));
}

#[test]
fn alerts_of_windows_are_taken_whatever_their_namespace_shape_and_content() {
    for name in ["ms-mdm-synctype-alert", "win-windc-1224-alert", "ms-learn-win32csp-alert"] {
        let Some(message) = trace(name) else { return };
        let mut server = server(Vec::new());
        let answer = send(&mut server, &message);
        assert!(statuses(&answer).iter().all(|(_, _, code)| *code == 200), "{name}: {answer}");
        assert_eq!(server.turns, 1);
    }
}

#[test]
fn a_result_that_windows_cannot_send_ends_the_session_and_the_command_fails() {
    let (Some(package1), Some(abort)) = (trace("win-cli-pkg1"), trace("win11-native-abort-large-result")) else {
        return;
    };
    let mut server = server(vec![CommandSpec::get("./Large")]);
    send(&mut server, &package1);
    let abort = abort.replace("<SessionID>8<", "<SessionID>1<").replace("<MsgID>4<", "<MsgID>2<");
    let abort = without(&abort, "Cred", "auth-md5").replace("<MsgRef>3<", "<MsgRef>1<");
    let answer = send(&mut server, &abort);
    assert!(Message::decode(answer.as_bytes()).unwrap().is_final);
    assert!(!server.session.is_open());
}

#[test]
fn what_windows_does_not_have_is_not_sent_and_the_rest_is() {
    let Some(package1) = trace("win-cli-pkg1") else { return };
    let question = CommandSpec::Alert { code: 1101, items: vec![String::new(), "Update now?".into()] };
    let atomic = CommandSpec::Atomic { commands: vec![CommandSpec::get("./A")] };
    let large = CommandSpec::replace("./Vendor/MSFT/Blob", "x".repeat(100_000));
    let todo =
        vec![question, atomic, large, CommandSpec::exec("./Vendor/MSFT/Reboot"), CommandSpec::get("./DevDetail/SwV")];
    let mut server = server(todo);
    let package2 = send(&mut server, &package1);
    assert_eq!(server.not_in_dialect, [0, 1]);
    assert_eq!(server.undeliverable, [2], "no large objects (T12)");
    assert!(package2.contains("<Exec>") && package2.contains("<Get>"));
    assert!(!package2.contains("Correlator"), "T15");
}

#[test]
fn a_session_id_of_36_characters_and_package_1_without_an_alert_are_taken() {
    let Some(package1) = trace("win-cli-pkg1") else { return };
    let package1 = without(&without(&package1, "Alert", "LoginStatus"), "Alert", "1201");
    let package1 = package1.replace("<SessionID>1<", "<SessionID>2F9C1B0E-5D0C-4A5C-9C5B-0123456789AB<");
    let mut server = server(vec![CommandSpec::get("./DevDetail/SwV")]);
    let package2 = send(&mut server, &package1);
    assert!(package2.contains("<SessionID>2F9C1B0E-5D0C-4A5C-9C5B-0123456789AB<") && package2.contains("<Get>"));
}

#[test]
fn the_installation_that_windows_reports_by_a_client_event_finishes_its_exec() {
    let (Some(package1), Some(event)) = (trace("win-cli-pkg1"), trace("ms-learn-win32csp-alert")) else { return };
    let mut world = World::new();
    world.device(DEVICE, Syntax::Xml);
    world.change_account(DEVICE, |account| account.known_to_transport_as("CN=device"));
    let node = "./Device/Vendor/MSFT/EnterpriseDesktopAppManagement/MSI/%7BAF9257BA-6BBD-4624-AA9B-0182D50292C3%7D/DownloadInstall";
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": node}]));
    let package2 = world.send_over("CN=device", &without(&package1, "Alert", "LoginStatus"));
    let id = Message::decode(package2.as_bytes()).unwrap().commands().last().unwrap().cmd_id().to_string();
    let accepted = package1[..package1.find("<SyncBody>").unwrap()].replace("<MsgID>1<", "<MsgID>2<")
        + "<SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>\
           <Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>"
        + &id
        + "</CmdRef><Cmd>Exec</Cmd><Data>202</Data></Status><Final/></SyncBody></SyncML>";
    world.send_over("CN=device", &accepted);
    assert_eq!(world.state(task, DEVICE), "waiting for the final alert");
    let alert = &event[event.find("<Alert>").unwrap()..event.find("</Alert>").unwrap() + 8];
    let alert = alert.replace("<CmdID>4<", "<CmdID>9<");
    let report = package1.replace("<SessionID>1<", "<SessionID>2<").replace("<Final/>", &format!("{alert}<Final/>"));
    world.send_over("CN=device", &report);
    assert_eq!(world.state(task, DEVICE), "ok");
}

#[test]
fn a_standard_client_is_not_taken_for_windows() {
    let mut client = Client::new("urn:imei:1", Syntax::Xml);
    let mut server = Server::new(Vec::new());
    run(&mut client, &mut server);
    assert_eq!(server.account.dialect, None);
}
