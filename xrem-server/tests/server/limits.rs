//! What a client may make the server keep and send: sizes of messages and objects, lost objects, and what is too much.

use crate::client::Client;
use crate::peer::{Server, run};
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Command, Message};
use xrem_server::session::Fault;
use xrem_server::task::CommandSpec;

/// Message `msg` of the scripted client's first session, which answers our message `msg - 1`.
fn message(msg: u32, body: &str, end: &str) -> String {
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
         <MsgID>{msg}</MsgID><Target><LocURI>http://nrem.test/dm</LocURI></Target><Source><LocURI>dev</LocURI></Source>\
         </SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>{prev}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>\
         <Data>212</Data></Status>{body}{end}</SyncBody></SyncML>",
        prev = msg - 1,
    )
}

fn alert(cmd: u32, code: u16) -> String {
    format!("<Alert><CmdID>{cmd}</CmdID><Data>{code}</Data></Alert>")
}

/// A session of which the first message is answered: its client has `max_msg_size`.
fn begun(todo: Vec<CommandSpec>, max_msg_size: u64) -> (Server, Vec<u8>) {
    let (mut client, mut server) = (Client::new("dev", Syntax::Xml), Server::new(todo));
    client.max_msg_size = Some(max_msg_size);
    let reply = server.handle(Syntax::Xml, &client.start());
    (server, reply)
}

/// CmdID, Size and MoreData of the first Replace.
fn chunk(reply: &[u8]) -> Option<(String, Option<u64>, bool)> {
    let message = Message::decode(reply).unwrap();
    message.commands().find_map(|command| match command {
        Command::Tree(tree) => {
            let item = &tree.items[0];
            Some((tree.cmd_id.to_string(), item.meta.as_ref().and_then(|meta| meta.size), item.more_data))
        }
        _ => None,
    })
}

fn codes(reply: &[u8]) -> Vec<(String, u16)> {
    let message = Message::decode(reply).unwrap();
    message.statuses().map(|status| (status.cmd.to_string(), status.code.as_u16())).collect()
}

fn asks_for(reply: &[u8], code: u16) -> bool {
    let message = Message::decode(reply).unwrap();
    message.commands().any(|it| matches!(it, Command::Alert(alert) if alert.code.is_some_and(|it| it.as_u16() == code)))
}

fn large_replace() -> Vec<CommandSpec> {
    vec![CommandSpec::replace("./Blob", "x".repeat(20_000))]
}

#[test]
fn x_srv_16_an_object_that_the_client_lost_is_sent_from_the_start_at_most_twice_more() {
    let (mut server, mut reply) = begun(large_replace(), 4_000);
    for msg in 2..=4 {
        // What was given up is not offered again.
        server.sent = vec![msg == 4];
        let (cmd, size, more) = chunk(&reply).expect("a chunk");
        assert!(size == Some(20_000) && more, "the first chunk: with Size and MoreData");
        let taken = format!(
            "<Status><CmdID>2</CmdID><MsgRef>{}</MsgRef><CmdRef>{cmd}</CmdRef><Cmd>Replace</Cmd><Data>213</Data></Status>",
            msg - 1
        );
        reply = server.handle(Syntax::Xml, message(msg, &(taken + &alert(3, 1225)), "").as_bytes());
        assert!(codes(&reply).contains(&("Alert".into(), 200)), "{:?}", codes(&reply));
    }
    assert_eq!(chunk(&reply), None, "it is given up");
    assert_eq!(server.status_of(0), Some(408));
}

#[test]
fn x_lob_25_an_object_that_the_client_refuses_is_never_continued() {
    for code in [413, 424, 420] {
        let (server, reply) = begun(large_replace(), 4_000);
        let (cmd, _, _) = chunk(&reply).unwrap();
        let refused = format!(
            "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd}</CmdRef><Cmd>Replace</Cmd><Data>{code}</Data></Status>"
        );
        // With Final, and without it, since ours is still to come.
        for end in ["<Final/>", ""] {
            let mut server = Server { session: server.session.clone(), ..Server::new(large_replace()) };
            server.sent = vec![true];
            let reply = server.handle(Syntax::Xml, message(2, &refused, end).as_bytes());
            assert_eq!(chunk(&reply), None);
            assert!(Message::decode(&reply).unwrap().is_final, "the package is over");
            assert_eq!(server.status_of(0), Some(code));
        }
    }
}

#[test]
fn x_lob_19_results_that_do_not_add_up_are_answered_424_and_not_used() {
    for (first, last) in [("01234", "5678"), ("01234", "567890")] {
        let (mut server, reply) = begun(vec![CommandSpec::get("./DevInfo/Man")], 16_384);
        let (cmd, _, _) = chunk(&reply).unwrap();
        let part = |data: &str, size: &str, more: &str| {
            format!(
                "<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd}</CmdRef><Item><Source><LocURI>./DevInfo/Man\
                 </LocURI></Source><Meta>{size}</Meta><Data>{data}</Data>{more}</Item></Results>"
            )
        };
        let size = "<Size xmlns='syncml:metinf'>10</Size>";
        let reply = server.handle(Syntax::Xml, message(2, &part(first, size, "<MoreData/>"), "").as_bytes());
        assert!(codes(&reply).contains(&("Results".into(), 213)) && asks_for(&reply, 1222));
        let reply = server.handle(Syntax::Xml, message(3, &part(last, "", ""), "<Final/>").as_bytes());
        assert!(codes(&reply).contains(&("Results".into(), 424)), "{:?}", codes(&reply));
        assert!(server.answers[0].values.is_empty());
    }
}

#[test]
fn an_object_larger_than_the_announced_size_is_refused_with_its_first_chunk() {
    let (mut server, reply) = begun(vec![CommandSpec::get("./DevInfo/Man")], 16_384);
    let (cmd, _, _) = chunk(&reply).unwrap();
    let size = server.settings.max_obj_size + 1;
    let part = format!(
        "<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd}</CmdRef><Item><Source><LocURI>./DevInfo/Man</LocURI>\
         </Source><Meta><Size xmlns='syncml:metinf'>{size}</Size></Meta><Data>0</Data><MoreData/></Item></Results>"
    );
    let reply = server.handle(Syntax::Xml, message(2, &part, "").as_bytes());
    assert!(codes(&reply).contains(&("Results".into(), 413)), "{:?}", codes(&reply));
}

#[test]
fn x_msg_12_a_new_size_holds_from_the_next_message_on_and_0_or_none_leaves_the_old_one() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut server = Server::new(vec![CommandSpec::get("./DevInfo/Man"); 800]);
        let mut client = Client::new("dev", syntax);
        client.max_msg_size = Some(4_000);
        let mut reply = server.handle(syntax, &client.start());
        let mut lens = vec![reply.len()];
        for size in [Some(2_000), None, Some(0), Some(3_000)] {
            client.max_msg_size = size;
            let next = client.answer(&reply).expect("there is more to do");
            reply = server.handle(syntax, &next);
            lens.push(reply.len());
        }
        assert!((2_000..=4_000).contains(&lens[0]), "{lens:?}");
        assert!(lens[1..4].iter().all(|len| (1_500..=2_000).contains(len)), "{lens:?}");
        assert!((2_000..=3_000).contains(&lens[4]), "{lens:?}");
    }
}

#[test]
fn x_srv_12_a_client_that_announces_no_size_gets_messages_of_the_servers_own_limit() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let todo = (0..10).map(|number| CommandSpec::add(format!("./N{number}"), "x".repeat(10_000))).collect();
        let mut server = Server::new(todo);
        let mut client = Client::new("dev", syntax);
        client.max_msg_size = None;
        run(&mut client, &mut server);
        assert!(client.received.iter().all(|len| *len <= 65_536), "{:?}", client.received);
        assert!((0..10).all(|key| server.status_of(key) == Some(200)));
    }
}

/// A message of somebody who has no credentials, with sixty commands.
fn crowd(msg: u32, meta: &str) -> String {
    let alerts: String = (1..=60).map(|cmd| alert(cmd, 1226)).collect();
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
         <MsgID>{msg}</MsgID><Target><LocURI>http://nrem.test/dm</LocURI></Target><Source><LocURI>dev</LocURI></Source>\
         {meta}</SyncHdr><SyncBody>{alerts}<Final/></SyncBody></SyncML>"
    )
}

#[test]
fn x_msg_12_a_refusal_keeps_within_the_size_of_a_client_that_is_not_known_yet() {
    let mut server = Server::new(Vec::new());
    let meta = "<Meta><MaxMsgSize xmlns='syncml:metinf'>1024</MaxMsgSize></Meta>";
    let first = server.handle(Syntax::Xml, crowd(1, meta).as_bytes());
    // It says it once; it holds for the session. The second message is not the package that the challenge asked for.
    let second = server.handle(Syntax::Xml, crowd(2, "").as_bytes());
    for (reply, code) in [(first, 407), (second, 412)] {
        assert!(reply.len() <= 1024, "{} bytes", reply.len());
        let codes = codes(&reply);
        assert_eq!(codes[0], ("SyncHdr".to_string(), code));
        assert!(codes.len() > 1, "there is room for some Statuses");
    }
}

#[test]
fn what_the_messages_of_one_package_bring_is_limited() {
    let (mut server, _) = begun(Vec::new(), 16_384);
    server.settings.reading.limits.object_bytes = 10_000;
    let event = |number: usize| {
        format!(
            "<Alert><CmdID>2</CmdID><Data>1226</Data><Item><Meta><Type xmlns='syncml:metinf'>urn:test:event</Type>\
             <Format xmlns='syncml:metinf'>chr</Format></Meta><Data>{}</Data></Item></Alert>",
            "x".repeat(6_000 + number)
        )
    };
    let reply = server.handle(Syntax::Xml, message(2, &event(1), "").as_bytes());
    assert!(asks_for(&reply, 1222));
    let reply = server.handle(Syntax::Xml, message(3, &event(2), "").as_bytes());
    assert!(asks_for(&reply, 1223));
    assert_eq!((codes(&reply)[0].1, server.faults.last()), (413, Some(&Fault::TooLarge)));
    assert!(!server.session.is_open());
}

#[test]
fn the_statuses_that_are_owed_at_a_time_are_limited() {
    let (mut server, _) = begun(Vec::new(), 16_384);
    let many: String = (2..4_002).map(|cmd| alert(cmd, 1222)).collect();
    for msg in 2..30 {
        let reply = server.handle(Syntax::Xml, message(msg, &many, "").as_bytes());
        if asks_for(&reply, 1223) {
            assert_eq!(server.faults.last(), Some(&Fault::TooLarge));
            assert_eq!(msg, 18, "after sixteen messages of four thousand commands");
            return;
        }
    }
    panic!("the server keeps everything");
}

#[test]
fn a_session_has_an_end() {
    let (mut server, _) = begun(Vec::new(), 16_384);
    server.settings.max_messages = 5;
    for msg in 2..=5 {
        let reply = server.handle(Syntax::Xml, message(msg, &alert(2, 1222), "").as_bytes());
        assert!(asks_for(&reply, 1222), "message {msg}");
    }
    let reply = server.handle(Syntax::Xml, message(6, &alert(2, 1222), "").as_bytes());
    assert!(asks_for(&reply, 1223));
    assert_eq!(server.faults, [Fault::TooLarge]);
}
