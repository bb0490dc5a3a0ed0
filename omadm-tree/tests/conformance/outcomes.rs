//! The outcome of every command for every case that [dm 4] tells apart, as one table. Each line runs on a fresh tree: who,
//! command, target, argument, the status. Whatever is refused leaves the tree as it was.

use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_tree::mo::DevDetail;
use omadm_tree::{
    AccessType, Actor, CaseSense, Feature, NewNode, NewValue, NodeSpec, Refusal, TargetUri, Tree, TreeLimits,
};

use crate::fixture::{acl, srv, tree_with};

const TABLE: &str = "
# 4.1 Add
srvA   add            ./T/new                  v                200
srvB   add            ./T/new                  v                200
srvA   add:int        ./T/new                  7                200
srvA   add:int        ./T/new                  seven            415
srvA   add:null       ./T/new                  -                200
srvA   add:chr        ./T/new                  -                412
srvA   add:node       ./T/new                  -                200
srvA   add:node       ./T/new                  v                400
srvA   add            ./T/s                    v                418
srvA   add:node       ./T/sub                  -                418
srvA   add            .                        v                418
srvA   add            ./T/s/x                  v                405
srvA   add            ./T/s/x/y                v                405
srvA   add            ./T/p/q                  v                200
srvA   add            ./No/x                   v                425
srvA   add            ./No/p/q/x               v                425@./No/p
srvA   add            ./Shut/x                 v                405
srvA   add            ./Shut/p/x               v                405@./Shut/p
srvA   add            ./ShutNo/x               v                425
device add            ./No/x                   v                200
device add            ./Shut/x                 v                200
srvA   add            ./T/s?prop=Title         v                405
srvA   add            ./T/none?prop=Title      v                405
srvA   add            ./T/s?prop=Foo           v                406
srvA   add            ./T?list=Struct          v                405
srvA   add            ./T/a/b/c/d/e/f          v                414
srvA   add            ./T/12345678901234567    v                414
srvA   add            ./T/                     v                400
srvA   add            ./T/*                    v                400
srvA   add            ./T/big                  LARGE            413
srvA   add            ./Cis/NAME               v                418
srvA   add            ./Cis/other              v                200

# 4.2 Replace
srvA   replace        ./T/s                    v                200
srvA   replace        ./T/s                    -                412
srvA   replace        ./T/none                 v                404
srvA   replace        ./T/none/x               v                404
srvA   replace        ./T/s/x                  v                404
srvA   replace        ./T/sub                  v                405
srvB   replace        ./T/sub                  v                405
srvA   replace        .                        v                405
srvA   replace        ./T/perm                 v                200
srvB   replace        ./T/s                    v                425
srvA   replace        ./T/secret               v                425
srvA   replace        ./T/ro                   v                405
srvB   replace        ./T/ro                   v                425
srvA   replace        ./T/wo                   v                200
srvA   replace        ./T/i                    43               200
srvA   replace        ./T/i                    x                415
srvA   replace:float  ./T/i                    1.5              415
srvA   replace:node   ./T/s                    v                415
srvA   replace:b64    ./T/b                    AAE=             200
srvA   replace:b64    ./T/b                    A                400
srvA   replace        ./T/n                    v                415
srvA   replace        ./T/small                1234             413
srvA   replace        ./T/small                123              200
srvA   replace        ./T/held                 v                403
srvB   replace        ./T/held                 v                425
device replace        ./T/held                 v                200
device replace        ./T/ro                   v                200
srvA   replace        ./T?list=Struct          v                405
srvA   replace        ./Cis/NAME               v                200

# 4.2 Replace of properties
srvA   replace        ./T/s?prop=Name          s2               200
srvA   replace        ./T/s?prop=Name          s                200
srvA   replace        ./T/s?prop=Name          i                418
srvA   replace        ./T/s?prop=Name          x/y              400
srvA   replace        ./T/s?prop=Name          ..               400
srvA   replace        ./T/s?prop=Name          12345678901234567 414
srvA   replace        ./T/s?prop=Name          -                412
srvA   replace        ./T/perm?prop=Name       p2               405
srvB   replace        ./T/perm?prop=Name       p2               405
srvA   replace        .?prop=Name              r                405
device replace        .?prop=Name              r                405
device replace        ./T/perm?prop=Name       p2               200
srvB   replace        ./T/s?prop=Name          s2               425
srvA   replace        ./T/ro?prop=Name         r2               405
srvA   replace        ./T/held?prop=Name       h2               403
srvA   replace        ./T/none?prop=Name       n2               404
srvA   replace        ./Cis/Name?prop=Name     NAME             200
srvA   replace        ./Cis/Name?prop=Name     KID              418
srvA   replace        ./T/s?prop=Title         t                200
srvA   replace        ./T/ro?prop=Title        t                200
srvA   replace        ./T/perm?prop=Title      t                200
srvB   replace        ./T/s?prop=Title         t                425
srvA   replace        ./T/none?prop=Title      t                404
srvA   replace        ./T/s?prop=ACL           Get=*            200
srvA   replace        ./T/s?prop=ACL           EMPTY            200
srvA   replace        ./T/s?prop=ACL           Fly=*            400
srvB   replace        ./T/s?prop=ACL           Get=*            425
srvA   replace        ./T/secret?prop=ACL      Get=*            200
srvB   replace        ./T/secret?prop=ACL      Get=*            425
srvB   replace        ./T/own?prop=ACL         Get=srvB         200
srvA   replace        ./T/own?prop=ACL         Get=srvA         200
srvA   replace        .?prop=ACL               Add=*&Get=*      425
boss   replace        .?prop=ACL               Add=*&Get=*      200
boss   replace        .?prop=ACL               Get=*            405
boss   replace        .?prop=ACL               EMPTY            405
srvA   replace        ./T/s?prop=Format        int              405
srvA   replace        ./T/s?prop=Type          text/xml         405
srvA   replace        ./T/s?prop=Size          1                405
srvA   replace        ./T/s?prop=TStamp        20010711T163817Z 405
srvA   replace        ./T/s?prop=VerNo         1                405
srvA   replace        ./T/s?prop=Foo           1                406

# 4.3 Delete
srvA   delete         ./T/s                    -                200
srvA   delete         ./T/sub                  -                200
srvA   delete         ./T/none                 -                404
srvA   delete         ./T/perm                 -                405
srvB   delete         ./T/perm                 -                405
srvA   delete         .                        -                405
device delete         .                        -                405
device delete         ./T/perm                 -                200
srvB   delete         ./T/s                    -                425
srvA   delete         ./T/secret               -                425
srvA   delete         ./T/nd                   -                405
srvB   delete         ./T/nd                   -                425
srvA   delete         ./T/mixed                -                200
srvA   delete         ./T/nailed               -                405
srvB   delete         ./T/nailed               -                405
device delete         ./T/nailed               -                200
srvA   delete         ./T/holds                -                403
srvB   delete         ./T/holds                -                425
srvA   delete         ./T/s?prop=Title         -                405
srvA   delete         ./T/s?prop=Foo           -                406
srvA   delete         ./T?list=TNDS            -                405
srvA   delete         ./Cis/NAME               -                200

# 4.4 Get
srvA   get            ./T/s                    -                200
srvA   get            ./T/sub                  -                200
srvA   get            ./T/empty                -                200
srvA   get            .                        -                200
srvA   get            ./T/live                 -                200
srvA   get            ./T/none                 -                404
srvA   get            ./T/s/x                  -                404
srvA   get            ./T/wo                   -                405
srvB   get            ./T/wo                   -                405
srvA   get            ./T/secret               -                425
srvA   get            ./DMAcc/B                -                425
device get            ./T/wo                   -                200
device get            ./T/secret               -                200
srvA   get            ./Inbox                  -                405
srvA   get            ./Inbox/x                -                405
srvA   get            ./Inbox?prop=Name        -                405
srvA   get            ./Inbox?list=Struct      -                405
srvA   get            ./T/s?prop=ACL           -                200
srvA   get            ./T/s?prop=Format        -                200
srvA   get            ./T/s?prop=Name          -                200
srvA   get            ./T/s?prop=Size          -                200
srvA   get            ./T/s?prop=Title         -                200
srvA   get            ./T/s?prop=Type          -                200
srvA   get            ./T/s?prop=TStamp        -                200
srvA   get            ./T/s?prop=VerNo         -                200
srvA   get            ./T/sub?prop=Size        -                406
srvA   get            ./T/live?prop=Size       -                406
srvA   get            ./T/wo?prop=Size         -                405
srvA   get            ./T/wo?prop=Format       -                200
srvA   get            ./T/secret?prop=ACL      -                425
srvA   get            ./T/none?prop=ACL        -                404
srvA   get            ./T/none?prop=Foo        -                406
srvA   get            ./T?list=Tree            -                406
srvA   get            ./T?list=TNDS+Size       -                406
srvA   get            ./T?list=TNDS+ACL-Type   -                400
srvA   get            ./T?what=Struct          -                400
srvA   get            ./T?prop=ACL?list=Struct -                400
srvA   get            ./T/..                   -                400
srvA   get            /T/s                     -                400
srvA   get            ./T/a/b/c/d/e/f          -                414
srvA   get            ./cis/NAME               -                404
srvA   get            ./Cis/NAME               -                200

# 4.6 Copy: target, source
srvA   copy           ./T/s2                   ./T/s            200
srvA   copy           ./T/ns                   ./T/s            200
srvA   copy           ./T/p/q                  ./T/s            200
srvA   copy           ./T/s                    ./T/s            200
srvA   copy           ./T/s2                   ./T/none         404
srvA   copy           ./T/sub                  ./T/none         404
srvA   copy           ./T/s2                   ./T/sub          403
srvA   copy           ./T/sub                  ./T/s            403
srvB   copy           ./T/sub                  ./T/s            403
srvA   copy           ./T/s2                   ./T/secret       425
srvA   copy           ./T/s2                   ./T/wo           405
srvA   copy           ./T/secret               ./T/s            425
srvA   copy           ./T/ro                   ./T/s            405
srvB   copy           ./T/ns                   ./T/s            425
srvB   copy           ./T/s2                   ./T/s            200
srvA   copy           ./T/i                    ./T/s            403
srvA   copy           ./T/i                    ./T/digits       403
srvA   copy           ./T/b                    ./T/t64          403
srvA   copy           ./T/small                ./T/ns           403
srvA   copy           ./T/held                 ./T/s            403
srvA   copy           ./T/s2                   ./T/live         403
srvA   copy           ./T/s/x                  ./T/i            405
srvA   copy           ./No/x                   ./T/s            425
srvA   copy           ./Shut/x                 ./T/s            405
srvA   copy           ./T/s2?prop=Title        ./T/s            405
srvA   copy           ./T/s2                   ./T/s?prop=Title 405
srvA   copy           ./T/s2                   ./T/s?prop=Foo   406
srvA   copy           ./T/a/b/c/d/e/f          ./T/s            414
device copy           ./T/secret               ./T/wo           200

# 4.7 Exec
srvA   exec           ./T/x                    -                200
srvB   exec           ./T/x                    -                425
device exec           ./T/x                    -                200
srvA   exec           ./T/s                    -                405
srvB   exec           ./T/s                    -                425
srvA   exec           ./T/none                 -                404
srvA   exec           ./T/x?prop=Name          -                405
srvA   exec           ./T/x?prop=Foo           -                406
srvA   exec           ./T/a/b/c/d/e/f          -                414
";

/// The tree of the legend, and what the table needs beside it.
fn world() -> Tree {
    let chr = |value: &str| NodeSpec::leaf(Format::Chr, value);
    let full = "Add=*&Get=*&Replace=srvA&Delete=srvA";
    let shut = || NodeSpec::interior().access(AccessType::GET);
    let mut tree = tree_with(DevDetail::new().uri_limits(6, 64, 16));
    let nodes = [
        ("./T/ns", chr("longer")),
        ("./T/digits", chr("12")),
        ("./T/t64", NodeSpec::leaf(Format::B64, "AAAA").of_type("application/octet-stream")),
        ("./T/small", chr("old").max_size(3)),
        ("./T/held", chr("old")),
        ("./T/live", NodeSpec::live(Format::Int)),
        ("./T/own", NodeSpec::interior().acl(acl("Get=*&Replace=srvB"))),
        ("./T/mixed/nd", chr("x").access(AccessType::GET)),
        ("./T/mixed/secret", chr("x").acl(acl("Get=srvB"))),
        ("./T/nailed/deep/p", chr("x").permanent()),
        ("./T/holds/deep/h", chr("x")),
        ("./No", NodeSpec::interior().acl(acl("Get=*&Add=srvC"))),
        ("./Shut", shut().acl(acl(full))),
        ("./ShutNo", shut().acl(acl("Get=*"))),
        ("./Cis", NodeSpec::interior().acl(acl(full)).case_sense(CaseSense::Insensitive)),
        ("./Cis/Name", chr("x")),
        ("./Cis/Kid", chr("x")),
    ];
    for (uri, spec) in nodes {
        tree.put(uri, spec).unwrap();
    }
    tree.lock("./T/held").unwrap();
    tree.lock("./T/holds/deep/h").unwrap();
    tree.set_acl(".", acl("Add=*&Get=*&Replace=boss")).unwrap();
    tree
}

fn format_of(verb: &str) -> Option<Format> {
    verb.split_once(':').map(|(_, format)| Format::parse(format).unwrap())
}

fn run(tree: &mut Tree, actor: Actor<'_>, verb: &str, target: &str, argument: &str) -> Result<(), Refusal> {
    let value = match argument {
        "-" => None,
        "EMPTY" => Some(Vec::new()),
        "LARGE" => Some(vec![b'x'; TreeLimits::DEFAULT.value_bytes + 1]),
        text => Some(text.as_bytes().to_vec()),
    };
    let uri = |text: &str| TargetUri::parse(text).map_err(|error| Refusal::from(error.status()));
    let target = uri(target)?;
    match verb.split(':').next().unwrap() {
        "add" => {
            let mut new = NewNode::leaf(format_of(verb).unwrap_or(Format::Chr), "");
            new.value = value;
            tree.add(actor, &target, new)
        }
        "replace" => {
            let mut new = NewValue::new("");
            new.value = value;
            new.format = format_of(verb);
            tree.replace(actor, &target, new)
        }
        "delete" => tree.delete(actor, &target),
        "get" => tree.get(actor, &target).map(drop),
        "copy" => tree.copy(actor, &uri(argument)?, &target),
        "exec" => tree.exec(actor, &target).map(drop),
        other => panic!("no verb {other}"),
    }
}

#[test]
fn every_case_of_every_command_has_its_status_and_refusals_change_nothing() {
    let start = world();
    let mut wrong = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [who, verb, target, argument, expected] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("five words in a line: {line}");
        };
        let (mut tree, server) = (start.clone(), srv(who));
        let actor = if who == "device" { Actor::Device } else { server.actor() };
        let got = match run(&mut tree, actor, verb, target, argument) {
            Ok(()) => "200".to_string(),
            Err(Refusal { status, at: None, .. }) => status.as_u16().to_string(),
            Err(Refusal { status, at: Some(at), .. }) => format!("{}@{at}", status.as_u16()),
        };
        if got != expected {
            wrong.push(format!("{line}: got {got}"));
        }
        if got != "200" {
            assert!(tree == start && tree.revision() == start.revision(), "{line}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_a_tree_goes_without_is_refused_before_anything_is_looked_for() {
    let cases = [
        (Feature::Copy, "copy", "./T/none", "./T/none"),
        (Feature::Exec, "exec", "./T/none", "-"),
        (Feature::Title, "replace", "./T/none?prop=Title", "t"),
        (Feature::Title, "get", "./T/none?prop=Title", "-"),
        (Feature::Size, "get", "./T/none?prop=Size", "-"),
        (Feature::TStamp, "replace", "./T/none?prop=TStamp", "t"),
        (Feature::VerNo, "delete", "./T/none?prop=VerNo", "-"),
        (Feature::Lists, "get", "./T/none?list=StructData", "-"),
        (Feature::Tnds, "get", "./T/none?list=TNDS", "-"),
    ];
    for (feature, verb, target, argument) in cases {
        let mut tree = world();
        tree.leave_out(feature);
        let refusal = run(&mut tree, srv("srvA").actor(), verb, target, argument).unwrap_err();
        assert_eq!(refusal.status, StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED, "{feature:?} {verb}");
        assert!(!tree.supports(feature) && tree == world());
    }
}
