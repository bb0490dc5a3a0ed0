//! LST: tree exchange by Struct, StructData and TNDS.

use base64::Engine as _;
use omadm_proto::exchange::Syntax;
use omadm_tree::ddf::{Ddf, LENIENT, Node};

use crate::device::answer::{Answer, demand, same};
use crate::device::bench::Bench;
use crate::device::command::{Cmd, Item, add, add_item, add_node, delete, get, replace_item};
use crate::device::session::Session;
use crate::device::{Feature, Setup};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-LST-01",
        side: Side::Client,
        level: Level::Optional,
        title: "Struct",
        rule: "200; Results Items for ./A, ./A/C, ./A/D, ./A/D/E, ./A/D/F, ./A/D/E/G, ./A/D/E/H; Meta Format node/xml/b64, none for the chr leaf; no Data anywhere",
        run: lst_01,
    },
    Row {
        id: "X-LST-02",
        side: Side::Client,
        level: Level::Optional,
        title: "StructData",
        rule: "same shape, leaves carry Data; Type given when not text/plain",
        run: lst_02,
    },
    Row {
        id: "X-LST-04",
        side: Side::Client,
        level: Level::Mandatory,
        title: "list not supported",
        rule: "406",
        run: lst_04,
    },
    Row {
        id: "X-LST-07",
        side: Side::Both,
        level: Level::Optional,
        title: "list larger than a message",
        rule: "client spreads Results over several messages without Final until the last; server asks with 1222; every node exactly once",
        run: lst_07,
    },
    Row {
        id: "X-LST-08",
        side: Side::Client,
        level: Level::Optional,
        title: "TNDS as XML",
        rule: "Meta Type application/vnd.syncml.dmtnds+xml Format xml (or +wbxml with bin/b64); MgmtTree, VerDTD 1.2, Node, NodeName, RTProperties with Format, Type, ACL where allowed, Value; Source/LocURI = start node",
        run: lst_08,
    },
    Row {
        id: "X-LST-09",
        side: Side::Client,
        level: Level::Optional,
        title: "TNDS with wanted properties",
        rule: "only Value and ACL",
        run: lst_09,
    },
    Row {
        id: "X-LST-11",
        side: Side::Client,
        level: Level::Optional,
        title: "Add a whole object",
        rule: "one Status 200; all nodes readable; types per DDFName / MIME",
        run: lst_11,
    },
    Row {
        id: "X-LST-12",
        side: Side::Client,
        level: Level::Optional,
        title: "Add fails as a whole",
        rule: "one Status: the code that node would have got alone; none of the nodes remain",
        run: lst_12,
    },
    Row {
        id: "X-LST-13",
        side: Side::Client,
        level: Level::Optional,
        title: "Replace with a whole object",
        rule: "200; a changed, d created, b and deep deleted",
        run: lst_13,
    },
    Row {
        id: "X-LST-15",
        side: Side::Client,
        level: Level::Optional,
        title: "ACL inside the object",
        rule: "ACL set, subject to the same rules as a Replace on ?prop=ACL",
        run: lst_15,
    },
    Row {
        id: "X-LST-18",
        side: Side::Client,
        level: Level::Mandatory,
        title: "TNDS not supported",
        rule: "415; for Get ?list=TNDS 406",
        run: lst_18,
    },
    Row {
        id: "X-LST-19",
        side: Side::Both,
        level: Level::Optional,
        title: "round trip",
        rule: "equal but for TStamp / VerNo; XML and WBXML forms agree",
        run: lst_19,
    },
];

const TNDS_XML: &str = "application/vnd.syncml.dmtnds+xml";

/// The tree of the standard's appendix, below ./T.
fn appendix(s: &mut Session<'_>) -> Result<(), Stop> {
    let xml = Item::target("./T/A/D/F").format("xml").of_type("text/xml").data("<f/>");
    let b64 = Item::target("./T/A/D/E/H").format("b64").of_type("application/octet-stream").data("AAH+/w==");
    let commands = [
        add_node("./T/A"),
        add_node("./T/A/C"),
        add_node("./T/A/D"),
        add_node("./T/A/D/E"),
        add_item(xml),
        add("./T/A/D/E/G", "g"),
        add_item(b64),
    ];
    s.send(commands)?.codes(&[200; 7])
}

fn formats(answer: &Answer, wanted: &[(&str, &[&str])]) -> Result<(), Stop> {
    for value in answer.results(0) {
        let found = wanted.iter().find(|(end, _)| value.uri.ends_with(end));
        if let Some((_, formats)) = found {
            demand(
                formats.contains(&value.format.as_str()),
                &format!("Format {} of {}", formats.join(" or "), value.uri),
                value.format.as_str(),
            )?;
        }
    }
    Ok(())
}

fn lst_01(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Lists)?;
    let mut s = b.manage()?;
    appendix(&mut s)?;
    let answer = s.expect(get("./T/A?list=Struct"), &[200])?;
    let uris = ["./T/A", "./T/A/C", "./T/A/D", "./T/A/D/E", "./T/A/D/F", "./T/A/D/E/G", "./T/A/D/E/H"];
    answer.lists(0, &uris)?;
    formats(
        &answer,
        &[
            ("/C", &["node"]),
            ("/D", &["node"]),
            ("/E", &["node"]),
            ("/F", &["xml"]),
            ("/G", &["chr"]),
            ("/H", &["b64", "bin"]),
        ],
    )?;
    let with_data: Vec<String> =
        answer.results(0).into_iter().filter(|value| value.has_data).map(|value| value.uri).collect();
    demand(with_data.is_empty(), "no Data anywhere", with_data.join(" "))?;
    s.close()
}

fn lst_02(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Lists)?;
    let mut s = b.manage()?;
    appendix(&mut s)?;
    let answer = s.expect(get("./T/A/D?list=StructData"), &[200])?;
    answer.lists(0, &["./T/A/D", "./T/A/D/E", "./T/A/D/F", "./T/A/D/E/G", "./T/A/D/E/H"])?;
    for value in answer.results(0) {
        if value.uri.ends_with("/G") {
            same("Data of G", "g", value.text().as_str())?;
        } else if value.uri.ends_with("/F") {
            same("Data of F", "<f/>", value.text().as_str())?;
            same("Type of F", "text/xml", value.type_name.as_str())?;
        } else if value.uri.ends_with("/H") {
            same("the octets of H", vec![0x00, 0x01, 0xFE, 0xFF], value.bytes()?)?;
            same("Type of H", "application/octet-stream", value.type_name.as_str())?;
        }
    }
    s.close()
}

fn lst_04(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::Lists))?;
    let mut s = b.manage()?;
    s.expect(get("./T/sub?list=Struct"), &[406])?.no_results(0)?;
    s.close()
}

fn lst_07(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Lists)?;
    let mut s = b.manage()?;
    s.expect(add_node("./T/many"), &[200])?;
    let names: Vec<String> = (0..300).map(|n| format!("./T/many/n{n}")).collect();
    for some in names.chunks(75) {
        let answer = s.send(some.iter().map(|uri| add(uri, "v")))?;
        answer.codes(&vec![200; some.len()])?;
    }
    let draft = s.draft().max_msg_size("2048").commands([get("./T/many?list=StructData")]);
    let answer = s.send_draft(draft)?;
    answer.complete()?;
    let mut uris: Vec<&str> = names.iter().map(String::as_str).collect();
    uris.push("./T/many");
    answer.lists(0, &uris)?;
    demand(answer.messages.len() > 1, "Results over several messages", "one message")?;
    for received in &answer.messages {
        demand(
            received.bytes.len() <= 2048,
            "messages of at most 2048 octets",
            format!("{} octets", received.bytes.len()),
        )?;
    }
    s.close()
}

/// The serialized tree in the Results.
fn tnds(answer: &Answer) -> Result<Ddf, Stop> {
    let value = answer.sole(0)?;
    let (syntax, formats): (Syntax, &[&str]) = match value.type_name.as_str() {
        TNDS_XML => (Syntax::Xml, &["xml"]),
        "application/vnd.syncml.dmtnds+wbxml" => (Syntax::Wbxml, &["bin", "b64"]),
        other => return Err(Stop::failed("Meta Type of a serialized tree", format!("Type {other}"))),
    };
    demand(
        formats.contains(&value.format.as_str()),
        &format!("Meta Format {}", formats.join(" or ")),
        value.format.as_str(),
    )?;
    let bytes = value.bytes()?;
    Ddf::parse(syntax, &bytes, &LENIENT)
        .map(|read| read.ddf)
        .map_err(|error| Stop::failed("a MgmtTree document in Data", error.to_string()))
}

fn all_nodes(ddf: &Ddf) -> Vec<&Node> {
    let mut nodes: Vec<&Node> = ddf.nodes.iter().collect();
    let mut next = 0;
    while let Some(node) = nodes.get(next).copied() {
        nodes.extend(&node.children);
        next += 1;
    }
    nodes
}

/// The names and values in a serialized tree, sorted.
fn content(ddf: &Ddf) -> Vec<(String, String)> {
    let mut content: Vec<(String, String)> = all_nodes(ddf)
        .iter()
        .map(|node| (node.name.clone().unwrap_or_default(), node.value.clone().unwrap_or_default()))
        .collect();
    content.sort();
    content
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> =
        expected.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    pairs.sort();
    pairs
}

const SUB: &[(&str, &str)] = &[("sub", ""), ("a", "1"), ("b", "2"), ("deep", ""), ("c", "3")];

fn lst_08(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let mut s = b.manage()?;
    let answer = s.expect(get("./T/sub?list=TNDS"), &[200])?;
    answer.lists(0, &["./T/sub"])?;
    let ddf = tnds(&answer)?;
    same("names and values", pairs(SUB), content(&ddf))?;
    for node in all_nodes(&ddf) {
        let rt = node.rt.as_ref();
        let name = node.name.as_deref().unwrap_or_default();
        demand(rt.is_some_and(|rt| rt.format.is_some()), &format!("RTProperties with Format for {name}"), "none")?;
        demand(rt.is_some_and(|rt| rt.node_type.is_some()), &format!("RTProperties with Type for {name}"), "none")?;
    }
    s.close()
}

fn lst_09(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let mut s = b.manage()?;
    s.expect(crate::device::command::replace("./T/sub/a?prop=ACL", "Get=*&Replace=srvA"), &[200])?;
    let answer = s.expect(get("./T/sub?list=TNDS+Value+ACL"), &[200])?;
    let ddf = tnds(&answer)?;
    same("names and values", pairs(SUB), content(&ddf))?;
    for node in all_nodes(&ddf) {
        let name = node.name.clone().unwrap_or_default();
        let Some(rt) = &node.rt else { continue };
        let others = rt.format.is_some() || rt.node_type.is_some() || rt.title.is_some() || rt.ver_no.is_some();
        demand(!others, &format!("only ACL in the RTProperties of {name}"), "other properties")?;
        demand(name != "a" || rt.acl.as_deref().is_some_and(|acl| acl.contains("Get=*")), "the ACL of a", "none")?;
    }
    s.close()
}

fn leaf(name: &str, value: &str) -> String {
    format!(
        "<Node><NodeName>{name}</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type>\
         </RTProperties><Value>{value}</Value></Node>"
    )
}

fn object(name: &str, ddf_name: &str, nodes: &str) -> String {
    format!(
        "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>{name}</NodeName><RTProperties>\
         <Format><node/></Format><Type><DDFName>{ddf_name}</DDFName></Type></RTProperties>{nodes}</Node></MgmtTree>"
    )
}

fn with_object(uri: &str, document: &str) -> Item {
    Item::target(uri).format("xml").of_type(TNDS_XML).data(document)
}

fn add_object(uri: &str, document: &str) -> Cmd {
    add_item(with_object(uri, document))
}

fn mail() -> String {
    let nodes = [leaf("POPServer", "pop.example.com"), leaf("UserID", "u"), leaf("PWD", "p")].concat();
    object("POP3", "org.example/1.0/mail", &nodes)
}

fn lst_11(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let mut s = b.manage()?;
    let answer = s.expect(add_object("./T/POP3", &mail()), &[200])?;
    same("the number of Statuses for the Add", 1, answer.statuses_of(0).len())?;
    for (uri, value) in [("POPServer", "pop.example.com"), ("UserID", "u"), ("PWD", "p")] {
        s.holds(&format!("./T/POP3/{uri}"), value)?;
    }
    s.holds("./T/POP3?prop=Type", "org.example/1.0/mail")?;
    s.holds("./T/POP3/UserID?prop=Type", "text/plain")?;
    s.close()
}

fn lst_12(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let mut s = b.manage()?;
    let bad = "<Node><NodeName>c</NodeName><RTProperties><Format><int/></Format></RTProperties><Value>x</Value></Node>";
    // What the third node would have got alone.
    let alone = s.one(add_item(Item::target("./T/c").format("int").data("x")))?.code(0)?;
    let document = object("o", "", &[leaf("a", "1"), leaf("b", "2"), bad.to_string()].concat());
    let answer = s.expect(add_object("./T/o", &document), &[alone])?;
    same("the number of Statuses for the Add", 1, answer.statuses_of(0).len())?;
    s.lacks("./T/o")?;
    s.lacks("./T/o/a")?;
    s.close()
}

fn lst_13(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let mut s = b.manage()?;
    let document = object("sub", "", &[leaf("a", "new"), leaf("d", "4")].concat());
    s.expect(replace_item(with_object("./T/sub", &document)), &[200])?;
    same("the children of ./T/sub", vec!["a".to_string(), "d".to_string()], s.children("./T/sub")?)?;
    s.holds("./T/sub/a", "new")?;
    s.holds("./T/sub/d", "4")?;
    s.close()
}

fn lst_15(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let theirs = b.fixture().translated("Get=srvA+srvB&amp;Replace=srvB");
    let mut s = b.manage()?;
    let node = format!(
        "<Node><NodeName>t</NodeName><RTProperties><ACL>{theirs}</ACL><Format><chr/></Format></RTProperties>\
         <Value>1</Value></Node>"
    );
    s.expect(add_object("./T/o", &object("o", "", &node)), &[200])?;
    s.has_acl("./T/o/t", "Get=srvA+srvB&Replace=srvB")?;
    s.expect(crate::device::command::replace("./T/o/t", "2"), &[425])?;
    s.close()
}

fn lst_18(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::Tnds))?;
    let mut s = b.manage()?;
    s.expect(add_object("./T/POP3", &mail()), &[415])?;
    s.lacks("./T/POP3")?;
    s.expect(replace_item(with_object("./T/sub", &object("sub", "", ""))), &[415])?;
    s.holds("./T/sub/a", "1")?;
    s.expect(get("./T/sub?list=TNDS"), &[406])?.no_results(0)?;
    s.close()
}

fn lst_19(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let mut s = b.manage()?;
    let first = s.expect(get("./T/sub?list=TNDS-TStamp-VerNo"), &[200])?;
    let (before, value) = (tnds(&first)?, first.sole(0)?);
    s.expect(delete("./T/sub"), &[200])?;
    let item = Item::target("./T/sub").of_type(value.type_name.as_str());
    let item = if value.type_name == TNDS_XML {
        item.format("xml").data(&value.text())
    } else {
        let text = base64::engine::general_purpose::STANDARD.encode(value.bytes()?);
        item.format("bin").data(&format!("opaque:{text}"))
    };
    s.expect(add_item(item), &[200])?;
    let second = s.expect(get("./T/sub?list=TNDS-TStamp-VerNo"), &[200])?;
    demand(tnds(&second)? == before, "the same object after Delete and Add", "another one")?;
    s.close()
}
