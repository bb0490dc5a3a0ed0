//! The server session against a scripted client: authentication of both sides, repetition, message sizes, large objects.

use crate::client::Client;
use crate::peer::{Server, run};
use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::CmdId;
use omadm_proto::message::{Command, Data, Format, Message};
use omadm_proto::status::StatusCode;
use xrem_server::session::Fault;
use xrem_server::task::{CommandSpec, Payload, Write};

fn pair(todo: Vec<CommandSpec>) -> (Client, Server) {
    (Client::new("dev", Syntax::Xml), Server::new(todo))
}

fn decoded(bytes: &[u8]) -> Message<'_> {
    Message::decode(bytes).expect("decodes")
}

#[test]
fn x_ses_03_a_session_without_work_is_closed_at_once() {
    let (mut client, mut server) = pair(Vec::new());
    assert_eq!(run(&mut client, &mut server), 1);
    assert_eq!(client.header_codes, [212]);
    assert!(!server.session.is_open());
}

#[test]
fn x_ses_04_one_round_of_management_in_both_syntaxes() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut server = Server::new(vec![CommandSpec::get("./DevInfo/Man")]);
        let mut client = Client::new("dev", syntax);
        assert_eq!(run(&mut client, &mut server), 2);
        assert_eq!(server.answers[0].values[0].text(), Some("Acme"));
    }
}

#[test]
fn x_aut_09_a_stale_nonce_costs_exactly_one_challenge() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    client.own_nonce = Nonce::new(b"stale".to_vec());
    run(&mut client, &mut server);
    assert_eq!(client.header_codes, [401, 212, 200]);
    assert_eq!(server.faults, [Fault::WrongCredentials]);
}

#[test]
fn the_nonces_of_one_session_are_those_of_the_next() {
    let (mut client, mut server) = pair(Vec::new());
    for _ in 0..3 {
        run(&mut client, &mut server);
    }
    assert_eq!(client.header_codes, [212, 212, 212]);
}

#[test]
fn x_aut_03_a_wrong_password_ends_after_three_attempts_without_a_challenge() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    client.own = Credentials::new("dev-user", "wrong");
    assert_eq!(run(&mut client, &mut server), 3);
    assert_eq!(client.header_codes, [401, 401, 401]);
    assert_eq!(server.faults.last(), Some(&Fault::TooManyAttempts));
    assert_eq!(server.turns, 0);
}

#[test]
fn a_stranger_cannot_end_the_session_of_the_device() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    let first = client.start();
    let reply = server.handle(Syntax::Xml, &first);
    let mut stranger = Client::new("dev", Syntax::Xml);
    stranger.own = Credentials::new("dev-user", "guess");
    let refused = server.handle(Syntax::Xml, &stranger.start());
    assert_eq!(decoded(&refused).statuses().next().unwrap().code.as_u16(), 401);
    let answer = client.answer(&reply).unwrap();
    server.handle(Syntax::Xml, &answer);
    assert_eq!(server.status_of(0), Some(200));
}

#[test]
fn x_aut_01_basic_is_accepted_where_the_account_allows_it_and_challenged_where_not() {
    let (mut client, mut server) = pair(Vec::new());
    client.scheme = Scheme::Basic;
    server.account.scheme = Scheme::Basic;
    run(&mut client, &mut server);
    assert_eq!(client.header_codes, [212]);

    let (mut client, mut server) = pair(Vec::new());
    client.scheme = Scheme::Basic;
    let reply = server.handle(Syntax::Xml, &client.start());
    let refused = decoded(&reply);
    let status = refused.statuses().next().unwrap();
    assert_eq!(status.code.as_u16(), 401);
    assert_eq!(status.chal().unwrap().meta.type_name.as_deref(), Some("syncml:auth-md5"));
}

#[test]
fn x_srv_01_commands_refused_for_missing_server_credentials_are_sent_again() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    client.server_nonce = Nonce::new(b"the server does not know it".to_vec());
    run(&mut client, &mut server);
    assert_eq!(server.status_of(0), Some(200));
    assert_eq!(server.answers.len(), 1, "the refusal is no answer");
}

#[test]
fn a_client_that_never_accepts_the_server_is_left_after_two_more_attempts() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    client.server = Credentials::new("nrem.test", "another");
    run(&mut client, &mut server);
    assert_eq!(server.faults, [Fault::ServerNotAccepted]);
    assert!(server.answers.is_empty());
}

#[test]
fn x_srv_15_a_repeated_message_gets_the_same_bytes_and_executes_nothing() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    let first = client.start();
    let reply = server.handle(Syntax::Xml, &first);
    assert_eq!(server.handle(Syntax::Xml, &first), reply);
    assert_eq!(server.turns, 1);
    let second = client.answer(&reply).unwrap();
    let closing = server.handle(Syntax::Xml, &second);
    assert_eq!(server.handle(Syntax::Xml, &second), closing);
    assert_eq!((server.turns, server.answers.len()), (2, 1));
}

#[test]
fn x_srv_15_a_gap_in_the_msg_ids_is_refused_and_the_session_goes_on() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    let reply = server.handle(Syntax::Xml, &client.start());
    let second = client.answer(&reply).unwrap();
    let jumped = String::from_utf8(second.clone()).unwrap().replace("<MsgID>2<", "<MsgID>5<");
    let refused = server.handle(Syntax::Xml, jumped.as_bytes());
    assert_eq!(decoded(&refused).statuses().next().unwrap().code.as_u16(), 400);
    server.handle(Syntax::Xml, &second);
    assert_eq!(server.status_of(0), Some(200));
}

#[test]
fn x_ses_10_and_11_unknown_versions_are_named() {
    for (from, to, code, supported) in
        [("<VerDTD>1.2<", "<VerDTD>9.9<", 505, "1.2"), ("<VerProto>DM/1.2<", "<VerProto>DM/9.9<", 513, "DM/1.2")]
    {
        let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
        let message = String::from_utf8(client.start()).unwrap().replace(from, to);
        let reply = server.handle(Syntax::Xml, message.as_bytes());
        let reply = decoded(&reply);
        let status = reply.statuses().next().unwrap();
        assert_eq!(status.code.as_u16(), code);
        assert_eq!(status.items[0].data.as_ref().unwrap().as_str(), Some(supported));
        assert!(reply.commands().all(|command| matches!(command, Command::Status(_))));
    }
}

#[test]
fn x_msg_01_no_message_is_larger_than_the_client_accepts() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let todo = vec![CommandSpec::get("./DevInfo/Man"); 30];
        let mut server = Server::new(todo);
        let mut client = Client::new("dev", syntax);
        client.max_msg_size = Some(1_400);
        run(&mut client, &mut server);
        assert!(client.received.iter().all(|len| *len <= 1_400), "{:?}", client.received);
        assert_eq!(server.answers.len(), 30);
        assert!(server.answers.iter().all(|answer| answer.values[0].text() == Some("Acme")));
    }
}

#[test]
fn x_lob_17_a_large_value_goes_down_in_chunks_between_other_commands() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let value: String = ('a'..='z').cycle().take(20_000).collect();
        let todo = vec![
            CommandSpec::get("./DevInfo/Man"),
            CommandSpec::add("./Blob", value.clone()),
            CommandSpec::get("./DevInfo/DevId"),
        ];
        let mut server = Server::new(todo);
        let mut client = Client::new("dev", syntax);
        client.max_msg_size = Some(4_000);
        run(&mut client, &mut server);
        assert_eq!(client.tree["./Blob"], value);
        assert_eq!((server.status_of(0), server.status_of(1), server.status_of(2)), (Some(200), Some(200), Some(200)));
        assert!(client.received.iter().all(|len| *len <= 4_000));
    }
}

#[test]
fn x_atm_12_a_container_larger_than_a_message_is_reported_as_undeliverable() {
    let inner = vec![CommandSpec::add("./Blob", "x".repeat(5_000))];
    let todo = vec![CommandSpec::Atomic { commands: inner }, CommandSpec::get("./DevInfo/Man")];
    let (mut client, mut server) = pair(todo);
    client.max_msg_size = Some(2_000);
    run(&mut client, &mut server);
    assert_eq!(server.undeliverable, [0]);
    assert_eq!(server.status_of(1), Some(200));
}

#[test]
fn statuses_of_nested_commands_find_their_commands() {
    let inner = vec![CommandSpec::add("./A", "1"), CommandSpec::replace("./Missing", "2")];
    for forgets in [false, true] {
        let (mut client, mut server) = pair(vec![CommandSpec::Sequence { commands: inner.clone() }]);
        client.forgets_containers = forgets;
        run(&mut client, &mut server);
        let answer = &server.answers[0];
        assert_eq!(answer.status.is_none(), forgets);
        let codes: Vec<_> = answer.inner.iter().map(|inner| inner.status.unwrap().as_u16()).collect();
        assert_eq!(codes, [200, 404]);
    }
}

#[test]
fn x_lob_18_a_large_result_comes_up_in_chunks() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    let reply = server.handle(Syntax::Xml, &client.start());
    let get = decoded(&reply);
    let cmd = get.commands().find(|command| command.name() == "Get").unwrap().cmd_id().to_string();
    let chunk = |msg: u32, data: &str, size: &str, more: &str, end: &str| {
        format!(
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
             <MsgID>{msg}</MsgID><Target><LocURI>http://nrem.test/dm</LocURI></Target><Source><LocURI>dev</LocURI></Source>\
             </SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>{prev}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>\
             <Data>212</Data></Status><Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd}</CmdRef><Cmd>Get</Cmd>\
             <Data>200</Data></Status><Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd}</CmdRef><Item><Source>\
             <LocURI>./DevInfo/Man</LocURI></Source><Meta>{size}</Meta><Data>{data}</Data>{more}</Item></Results>{end}\
             </SyncBody></SyncML>",
            prev = msg - 1,
        )
    };
    let size = "<Size xmlns='syncml:metinf'>10</Size>";
    let reply = server.handle(Syntax::Xml, chunk(2, "01234", size, "<MoreData/>", "").as_bytes());
    let next = decoded(&reply);
    assert!(!next.is_final);
    let codes: Vec<_> = next.statuses().map(|status| (status.cmd.to_string(), status.code.as_u16())).collect();
    assert_eq!(codes, [("SyncHdr".into(), 200), ("Results".into(), 213)]);
    assert!(
        next.commands().any(|command| matches!(command, Command::Alert(alert) if alert.code.unwrap().as_u16() == 1222))
    );
    let closing = server.handle(Syntax::Xml, chunk(3, "56789", "", "", "<Final/>").as_bytes());
    assert!(decoded(&closing).is_final);
    assert_eq!(server.answers[0].values[0].text(), Some("0123456789"));
}

#[test]
fn x_srv_08_sessions_survive_being_stored_between_two_messages() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man"); 3]);
    client.max_msg_size = Some(1_300);
    let mut message = client.start();
    loop {
        let reply = server.handle(Syntax::Xml, &message);
        let stored = serde_json::to_vec(&server.session).unwrap();
        server.session = serde_json::from_slice(&stored).unwrap();
        match client.answer(&reply) {
            Some(next) => message = next,
            None => break,
        }
    }
    assert_eq!(server.answers.len(), 3);
}

#[test]
fn statuses_that_do_not_fit_go_on_when_the_client_asks_for_the_next_message() {
    let (mut client, mut server) = pair(Vec::new());
    client.max_msg_size = Some(1_500);
    for number in 0..20 {
        client.finish(None, "./App", "urn:test:event", &number.to_string());
    }
    let mut reply = server.handle(Syntax::Xml, &client.start());
    let mut statuses = 0;
    for _ in 0..10 {
        let message = decoded(&reply);
        statuses += message.statuses().filter(|status| status.cmd == "Alert").count();
        if message.is_final {
            break;
        }
        // As a client does that has nothing to say: it asks, and leaves Final out.
        let asking = String::from_utf8(client.answer(&reply).unwrap()).unwrap();
        let asking = asking.replace("<Final/>", "<Alert><CmdID>99</CmdID><Data>1222</Data></Alert>");
        reply = server.handle(Syntax::Xml, asking.as_bytes());
    }
    // One for 1201, twenty for the events, and one for each 1222.
    assert!(decoded(&reply).is_final);
    assert_eq!(statuses, 21 + client.received.len());
}

#[test]
fn x_abo_01_an_abort_is_answered_and_nothing_more_is_sent() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    let start = String::from_utf8(client.start()).unwrap();
    let aborted = start.replace(
        "<Data>1201</Data></Alert>",
        "<Data>1201</Data></Alert><Alert><CmdID>9</CmdID><Data>1223</Data></Alert>",
    );
    let reply = server.handle(Syntax::Xml, aborted.as_bytes());
    let reply = decoded(&reply);
    assert!(reply.commands().all(|command| matches!(command, Command::Status(_))));
    assert!(reply.is_final);
    assert!(!server.session.is_open());
}

#[test]
fn a_client_that_has_more_to_tell_after_the_end_is_heard_in_the_same_session() {
    let (mut client, mut server) = pair(Vec::new());
    let closing = server.handle(Syntax::Xml, &client.start());
    assert!(!server.session.is_open());
    client.finish(None, "./App", "urn:test:late", "1");
    let late = client.answer(&closing).expect("an alert is waiting");
    server.todo = vec![CommandSpec::get("./DevInfo/Man")];
    server.sent = vec![false];
    let reply = server.handle(Syntax::Xml, &late);
    assert!(server.faults.is_empty(), "{:?}", server.faults);
    let last = client.answer(&reply).expect("and there is work after all");
    server.handle(Syntax::Xml, &last);
    assert_eq!(server.status_of(0), Some(200));
}

/// Package 3 of the scripted client, answering message 1 with `body`.
fn package3(body: &str) -> String {
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
         <MsgID>2</MsgID><Target><LocURI>http://nrem.test/dm</LocURI></Target><Source><LocURI>dev</LocURI></Source>\
         </SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>\
         <Data>212</Data></Status>{body}<Final/></SyncBody></SyncML>"
    )
}

#[test]
fn a_session_that_goes_from_wbxml_to_xml_goes_on_although_a_cmd_id_cannot_be_written_any_more() {
    let (mut client, mut server) =
        (Client::new("dev", Syntax::Wbxml), Server::new(vec![CommandSpec::get("./DevInfo/Man")]));
    let first = client.start();
    let mut first = decoded(&first);
    first.is_final = false;
    let Some(Command::Alert(alert)) = first.commands.first_mut() else { panic!("package 1 begins with its alert") };
    alert.cmd_id = CmdId::parse("\u{3}".into());
    let mut bytes = Vec::new();
    first.encode(Syntax::Wbxml, &mut bytes).unwrap();
    server.handle(Syntax::Wbxml, &bytes);
    let reply = server.handle(Syntax::Xml, package3("").as_bytes());
    let reply = decoded(&reply);
    assert!(reply.commands().any(|it| matches!(it, Command::Tree(_))), "the Get is in it");
    // The Replace of DevInfo is answered, the alert cannot be.
    let answered: Vec<_> = reply.statuses().map(|status| status.cmd.to_string()).collect();
    assert_eq!(answered, ["SyncHdr", "Replace"]);
}

/// The server's first message, and what it makes of `answer`, which gets the CmdIDs of its commands.
fn answered(todo: Vec<CommandSpec>, answer: impl Fn(&[String]) -> String) -> (Server, Vec<u8>) {
    let (mut client, mut server) = pair(todo);
    let first = server.handle(Syntax::Xml, &client.start());
    let ids = |command: &Command<'_>| match command {
        Command::Atomic(container) => {
            let inner = container.commands.iter().map(|inner| inner.cmd_id().to_string());
            core::iter::once(command.cmd_id().to_string()).chain(inner).collect()
        }
        Command::Tree(_) => vec![command.cmd_id().to_string()],
        _ => Vec::new(),
    };
    let ids: Vec<String> = decoded(&first).commands().flat_map(ids).collect();
    let reply = server.handle(Syntax::Xml, package3(&answer(&ids)).as_bytes());
    (server, reply)
}

fn status(cmd: &str, cmd_ref: &str, code: u16) -> String {
    format!(
        "<Status><CmdID>{cmd_ref}0</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>{cmd}</Cmd>\
         <Data>{code}</Data></Status>"
    )
}

#[test]
fn x_get_24_results_without_meta_are_text_and_without_msg_ref_answer_message_1() {
    let (server, _) = answered(vec![CommandSpec::get("./DevInfo/Man")], |ids| {
        status("Get", &ids[0], 200)
            + &format!(
                "<Results><CmdID>9</CmdID><CmdRef>{}</CmdRef><Item><Source><LocURI>./DevInfo/Man</LocURI></Source>\
                 <Data>Acme</Data></Item></Results>",
                ids[0]
            )
    });
    let value = &server.answers[0].values[0];
    assert_eq!((value.uri.as_str(), value.text()), ("./DevInfo/Man", Some("Acme")));
    assert_eq!((&value.format, &value.type_name), (&None, &None));
}

#[test]
fn x_get_25_good_results_get_no_status() {
    let (mut client, mut server) = pair(vec![CommandSpec::get("./DevInfo/Man")]);
    let reply = server.handle(Syntax::Xml, &client.start());
    let results = client.answer(&reply).unwrap();
    let closing = server.handle(Syntax::Xml, &results);
    let answered: Vec<String> = decoded(&closing).statuses().map(|status| status.cmd.to_string()).collect();
    assert_eq!(answered, ["SyncHdr"]);
    assert_eq!(server.status_of(0), Some(200));
}

#[test]
fn x_lst_06_one_results_with_many_items_and_many_with_one_are_the_same_list() {
    let item =
        |uri: &str, data: &str| format!("<Item><Source><LocURI>{uri}</LocURI></Source><Data>{data}</Data></Item>");
    let results = |id: u8, cmd_ref: &str, items: &str| {
        format!("<Results><CmdID>{id}</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd_ref}</CmdRef>{items}</Results>")
    };
    let list = || vec![CommandSpec::get("./A?list=StructData")];
    let (together, _) = answered(list(), |ids| {
        status("Get", &ids[0], 200) + &results(8, &ids[0], &(item("./A/b", "1") + &item("./A/c", "2")))
    });
    let (apart, _) = answered(list(), |ids| {
        status("Get", &ids[0], 200)
            + &results(8, &ids[0], &item("./A/b", "1"))
            + &results(9, &ids[0], &item("./A/c", "2"))
    });
    let values = |server: &Server| -> Vec<(String, String)> {
        server.answers[0].values.iter().map(|value| (value.uri.clone(), value.text().unwrap().into())).collect()
    };
    assert_eq!(values(&together), [("./A/b".into(), "1".into()), ("./A/c".into(), "2".into())]);
    assert_eq!(values(&together), values(&apart));
}

#[test]
fn x_rpl_18_the_device_information_of_package_1_is_answered_200() {
    let (mut client, mut server) = pair(Vec::new());
    let package1 = client.start();
    let sources = decoded(&package1)
        .commands()
        .filter_map(|command| match command {
            Command::Tree(replace) => Some(replace.items.iter().all(|item| item.source_uri().is_some())),
            _ => None,
        })
        .collect::<Vec<_>>();
    assert_eq!(sources, [true]);
    let reply = server.handle(Syntax::Xml, &package1);
    let reply = decoded(&reply);
    let replace = reply.statuses().find(|status| status.cmd == "Replace").unwrap();
    assert_eq!(replace.code, StatusCode::OK);
}

#[test]
fn x_add_20_an_add_names_its_format_unless_it_is_text() {
    let mut octets = Write::text("./A/b", "");
    octets.payload = Some(Payload::Bytes(vec![0, 1, 0xFE, 0xFF]));
    let todo = vec![
        CommandSpec::Add(Write::node("./A")),
        CommandSpec::add("./A/t", "text"),
        CommandSpec::Add(Write::text("./A/i", "7").with_format(Format::Int)),
        CommandSpec::Add(octets),
    ];
    let (mut client, mut server) = pair(todo);
    let reply = server.handle(Syntax::Xml, &client.start());
    let message = decoded(&reply);
    let adds: Vec<(String, Option<String>, Option<String>)> = message
        .commands()
        .filter_map(|command| match command {
            Command::Tree(add) => Some(add),
            _ => None,
        })
        .map(|add| {
            let item = &add.items[0];
            let format = item.effective_format(add.meta.as_ref()).map(|format| format.as_str().to_string());
            let data = item.data.as_ref().and_then(Data::as_str).map(String::from);
            (item.target_uri().unwrap().to_string(), format, data)
        })
        .collect();
    let add = |uri: &str, format: Option<&str>, data: Option<&str>| {
        (uri.to_string(), format.map(String::from), data.map(String::from))
    };
    assert_eq!(
        adds,
        [
            add("./A", Some("node"), None),
            add("./A/t", None, Some("text")),
            add("./A/i", Some("int"), Some("7")),
            add("./A/b", Some("b64"), Some("AAH+/w==")),
        ]
    );
    let mut ids: Vec<String> = message.commands().map(|command| command.cmd_id().to_string()).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert!(ids.len() == count && !ids.contains(&"0".to_string()), "{ids:?}");
}

#[test]
fn the_statuses_of_a_failed_atomic_tell_which_command_failed() {
    let commands = ["./A", "./None", "./B"].map(|uri| CommandSpec::replace(uri, "1")).to_vec();
    for first in [216, 516] {
        let (server, _) = answered(vec![CommandSpec::Atomic { commands: commands.clone() }], |ids| {
            status("Atomic", &ids[0], 507)
                + &status("Replace", &ids[1], first)
                + &status("Replace", &ids[2], 404)
                + &status("Replace", &ids[3], 215)
        });
        let answer = &server.answers[0];
        assert_eq!(answer.status, Some(StatusCode::ATOMIC_FAILED));
        let codes: Vec<u16> = answer.inner.iter().map(|inner| inner.status.unwrap().as_u16()).collect();
        assert_eq!(codes, [first, 404, 215]);
    }
}
