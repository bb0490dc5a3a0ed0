//! BOO: bootstrap.
//!
//! A client that takes our documents knows server B, through which a script looks at it, and gets to know server A.

use omadm_proto::provisioning::Sec;

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::bootstrap::{
    CP, DM, DM_ACC, NAP, PIN, characteristic, cp, dm, dm_acc, forged, interior, leaf, object, parm, provisioning,
    signed, tnds, unsigned, wbxml,
};
use crate::device::command::{Item, add_item, copy, delete, exec, get, replace};
use crate::device::fixture::Account;
use crate::device::session::{Session, alerts};
use crate::device::{Bootstrap, Deed, Feature, Known, Nonces, Server, Setup, UserAnswer};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    may(
        "X-BOO-01",
        "w7 characteristic becomes a DMAcc object",
        "AppID w7; ServerID = PROVIDER-ID; Name; AppAddr/x/Addr, AddrType, Port/x/PortNbr; PrefConRef from TO-PROXY / TO-NAPID (ToConRef/x/ConRef when several); AppAuth/x/AAuthType, AAuthName, AAuthSecret, AAuthData",
        boo_01,
    ),
    may("X-BOO-02", "credential direction", "CLCRED, SRVCRED, OBEX in this order", boo_02),
    may("X-BOO-03", "rights after CP bootstrap", "Get, Replace, Delete for the ServerID; nobody else", boo_03),
    may(
        "X-BOO-05",
        "unique names",
        "two different dynamic node names; first account untouched; same ServerID: update or refuse, documented",
        boo_05,
    ),
    may("X-BOO-06", "defaults", "AddrType URI; missing optional nodes absent or defaulted as documented", boo_06),
    may(
        "X-BOO-07",
        "CP message authentication",
        "good: applied; bad: refused, tree unchanged; MAC = HMAC-SHA1 over the WBXML document, upper-case hex",
        boo_07,
    ),
    may(
        "X-BOO-08",
        "DM profile bootstrap",
        "account created at its proper place; no response message of any kind; afterwards client-initiated session to that server",
        boo_08,
    ),
    may("X-BOO-09", "XML bootstrap refused", "refused", boo_09),
    may("X-BOO-12", "wrong MAC or PIN", "refused; no node created; PIN retries limited", boo_12),
    may("X-BOO-15", "unknown MO in the bootstrap", "ignored; bootstrap succeeds", boo_15),
    may("X-BOO-17", "EXT items", "may be ignored; success", boo_17),
    may("X-BOO-18", "ACL from the object", "exactly these; without them inheritance", boo_18),
    may("X-BOO-21", "smart card", "accounts that came from the card are removed", boo_21),
    may("X-BOO-22", "factory bootstrap", "usable without network bootstrap; rights as configured", boo_22),
    may("X-BOO-24", "Inbox Add of a known MO", "200; node at its proper place, not below ./Inbox", boo_24),
    may("X-BOO-26", "Inbox accepts Add only", "405", boo_26),
    may(
        "X-BOO-27",
        "client-initiated bootstrap",
        "account created as in BOO-08; [?] message details not known (dm sheet 15)",
        boo_27,
    ),
];

/// A row of which the optional feature is the bootstrap.
const fn may(
    id: &'static str,
    title: &'static str,
    rule: &'static str,
    run: fn(&mut Bench) -> Result<(), Stop>,
) -> Row<Bench> {
    Row { id, side: Side::Client, level: Level::Optional, title, rule, run }
}

/// A client without an account for server A, and what that is to become.
fn fresh(b: &mut Bench) -> Result<Account, Stop> {
    b.prepare(&Setup { known: Known::OnlyB, ..Setup::default() })?;
    b.account(Server::A)
}

fn push(b: &mut Bench, document: Bootstrap) -> Result<(), Stop> {
    b.act(Deed::Bootstrap(document))
}

fn push_cp(b: &mut Bench, document: &str) -> Result<(), Stop> {
    let document = signed(CP, Sec::NetwPin, wbxml(document)?)?;
    push(b, document)
}

fn push_dm(b: &mut Bench, document: &str) -> Result<(), Stop> {
    let document = signed(DM, Sec::NetworkId, wbxml(document)?)?;
    push(b, document)
}

/// The session with server A that follows its bootstrap, and the node of the account.
fn managed(b: &mut Bench) -> Result<(Session<'_>, String), Stop> {
    let received = b.message("package 1 of a session with the new server")?;
    same("the Alerts of package 1", vec![1201], alerts(&received))?;
    let answers = received.message.statuses().count();
    demand(answers == 0, "no Status: nobody answers a bootstrap message", format!("{answers} Statuses"))?;
    let url = b.account(Server::A)?.url;
    same("a message to", url.as_str(), received.destination.as_str())?;
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    let mut names = s.children("./DMAcc")?;
    names.retain(|name| name != "B");
    match names.as_slice() {
        [name] => {
            let root = format!("./DMAcc/{name}");
            Ok((s, root))
        }
        other => Err(Stop::failed("one new account in ./DMAcc", format!("{other:?}"))),
    }
}

/// The bootstrap left no trace: no session follows, and server B finds its own account only.
fn refused(b: &mut Bench, why: &str) -> Result<(), Stop> {
    b.silence(why)?;
    let mut s = b.manage_as(Server::B)?;
    same("the accounts", vec!["B".to_string()], s.children("./DMAcc")?)?;
    s.close()
}

/// The values of `leaf` in each child of `list`, sorted by the names of these.
fn each(s: &mut Session<'_>, list: &str, leaf: &str) -> Result<Vec<String>, Stop> {
    let names = s.children(list)?;
    names.iter().map(|name| s.expect(get(&format!("{list}/{name}/{leaf}")), &[200])?.text(0)).collect()
}

fn boo_01(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let second = parm("ADDR", "192.0.2.1") + &parm("ADDRTYPE", "IPv4");
    let second = characteristic("APPADDR", &(second + &characteristic("PORT", &parm("PORTNBR", "8080"))));
    push_cp(b, &cp(&account, &(parm("TO-NAPID", NAP) + &second)))?;
    let (mut s, root) = managed(b)?;
    for (name, value) in [("AppID", "w7"), ("ServerID", account.id.as_str()), ("Name", "Example")] {
        s.holds(&format!("{root}/{name}"), value)?;
    }
    let reference = s.expect(get(&format!("{root}/PrefConRef")), &[200])?.text(0)?;
    demand(reference != NAP, "a reference that the client made in PrefConRef", "the id of the document")?;
    let addresses = format!("{root}/AppAddr");
    same("Addr", vec![account.url.clone(), "192.0.2.1".to_string()], each(&mut s, &addresses, "Addr")?)?;
    same("AddrType", ["URI", "IPv4"].map(str::to_string).to_vec(), each(&mut s, &addresses, "AddrType")?)?;
    let names = s.children(&addresses)?;
    let ports = format!("{addresses}/{}/Port", names.last().map(String::as_str).unwrap_or_default());
    same("PortNbr", vec!["8080".to_string()], each(&mut s, &ports, "PortNbr")?)?;
    let auths = format!("{root}/AppAuth");
    same("AAuthType", vec!["DIGEST".to_string(); 2], each(&mut s, &auths, "AAuthType")?)?;
    let names = vec![account.client.name.clone(), account.server.name.clone()];
    same("AAuthName", names, each(&mut s, &auths, "AAuthName")?)?;
    for name in s.children(&auths)? {
        // They are there, and nobody reads them.
        for secret in ["AAuthSecret", "AAuthData"] {
            s.expect(get(&format!("{auths}/{name}/{secret}")), &[405])?;
        }
    }
    s.close()?;
    let account = fresh(b)?;
    push_cp(b, &cp(&account, &(parm("TO-NAPID", NAP) + &parm("TO-PROXY", "PX1"))))?;
    let (mut s, root) = managed(b)?;
    same("the ConRefs of two connections", 2, each(&mut s, &format!("{root}/ToConRef"), "ConRef")?.len())?;
    s.close()
}

fn boo_02(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let obex = parm("AAUTHLEVEL", "OBEX") + &parm("AAUTHTYPE", "HTTP-BASIC") + &parm("AAUTHNAME", "o");
    let document = cp(&account, "");
    let end = "</characteristic></wap-provisioningdoc>";
    push_cp(b, &document.replace(end, &(characteristic("APPAUTH", &obex) + end)))?;
    let (mut s, root) = managed(b)?;
    let levels = each(&mut s, &format!("{root}/AppAuth"), "AAuthLevel")?;
    same("AAuthLevel", ["CLCRED", "SRVCRED", "OBEX"].map(str::to_string).to_vec(), levels)?;
    s.close()
}

fn boo_03(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    push_cp(b, &cp(&account, ""))?;
    let (mut s, root) = managed(b)?;
    s.has_acl(&root, "Get=srvA&Replace=srvA&Delete=srvA")?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.expect(get(&root), &[425])?;
    s.expect(replace(&format!("{root}/Name"), "x"), &[425])?;
    s.close()
}

fn boo_05(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    push_cp(b, &cp(&account, ""))?;
    let (mut s, root) = managed(b)?;
    let (id, url) = ("srvC".to_string(), "http://c.example/dm".to_string());
    push_cp(s.bench, &cp(&Account { id, url, ..account.clone() }, ""))?;
    let names = s.children("./DMAcc")?;
    same("the accounts after another one of the same NAME", 3, names.len())?;
    s.holds(&format!("{root}/ServerID"), &account.id)?;
    s.holds(&format!("{root}/Name"), "Example")?;
    // Whether that updates the account or is refused is the client's choice; a second one it must not become.
    push_cp(s.bench, &cp(&account, &parm("TO-NAPID", NAP)))?;
    same("the accounts after another one of the same ServerID", 3, s.children("./DMAcc")?.len())?;
    s.close()?;
    let received = b.message("package 1 of a session with the second new server")?;
    same("a message to", "http://c.example/dm", received.destination.as_str())
}

fn boo_06(b: &mut Bench) -> Result<(), Stop> {
    let unknown = Setup { known: Known::OnlyB, server_proves: false, nonces: Nonces::Unknown, ..Setup::default() };
    b.prepare(&unknown)?;
    let account = b.account(Server::A)?;
    let auth = parm("AAUTHLEVEL", "APPSRV")
        + &parm("AAUTHNAME", &account.client.name)
        + &parm("AAUTHSECRET", account.client.secret.expose());
    let inside = parm("APPID", "w7")
        + &parm("PROVIDER-ID", &account.id)
        + &parm("ADDR", &account.url)
        + &characteristic("APPAUTH", &auth);
    push_cp(b, &provisioning(&characteristic("APPLICATION", &inside)))?;
    let (mut s, root) = managed(b)?;
    same("AddrType", vec!["URI".to_string()], each(&mut s, &format!("{root}/AppAddr"), "AddrType")?)?;
    for optional in ["PrefConRef", "ToConRef", "AAuthPref", "Ext"] {
        s.expect(get(&format!("{root}/{optional}")), &[200, 404])?;
    }
    s.close()
}

/// What the user does when a document asks for the PIN.
fn user_types(b: &mut Bench, pins: &[&str]) -> Result<(), Stop> {
    b.needs(Feature::UserInterface)?;
    pins.iter().try_for_each(|pin| b.act(Deed::User(UserAnswer::Text((*pin).to_string()))))
}

fn boo_07(b: &mut Bench) -> Result<(), Stop> {
    for sec in [Sec::NetwPin, Sec::UserPin, Sec::UserNetwPin] {
        let account = fresh(b)?;
        let good = signed(CP, sec, wbxml(&cp(&account, ""))?)?;
        let bad = forged(good.clone());
        if sec != Sec::NetwPin {
            user_types(b, &[PIN; 8])?;
        }
        push(b, bad)?;
        refused(b, "the MAC of the document is wrong")?;
        push(b, good)?;
        managed(b)?.0.close()?;
    }
    let account = fresh(b)?;
    push(b, unsigned(CP, wbxml(&cp(&account, ""))?))?;
    refused(b, "the document has no MAC")
}

fn boo_08(b: &mut Bench) -> Result<(), Stop> {
    for sec in [Sec::NetworkId, Sec::UserPin, Sec::UserPinNetworkId] {
        let account = fresh(b)?;
        if sec != Sec::NetworkId {
            user_types(b, &[PIN])?;
        }
        let document = dm(&account, &dm_acc(&account, &rights(&account), ""));
        push(b, signed(DM, sec, wbxml(&document)?)?)?;
        let (mut s, root) = managed(b)?;
        s.holds(&format!("{root}/ServerID"), &account.id)?;
        s.expect(get("./Inbox"), &[405])?;
        s.close()?;
        b.silence("the bootstrap is done")?;
    }
    Ok(())
}

/// The rights that our accounts give their server.
fn rights(account: &Account) -> String {
    let id = &account.id;
    format!("Get={id}&Replace={id}&Delete={id}")
}

fn boo_09(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let document = dm(&account, &dm_acc(&account, &rights(&account), ""));
    for media_type in ["application/vnd.syncml.dm+xml", DM] {
        push(b, signed(media_type, Sec::NetworkId, document.clone().into_bytes())?)?;
        refused(b, "the bootstrap message is in XML")?;
    }
    let document = cp(&account, "");
    for media_type in ["application/vnd.wap.connectivity-xml", CP] {
        push(b, signed(media_type, Sec::NetwPin, document.clone().into_bytes())?)?;
        refused(b, "the provisioning document is in XML")?;
    }
    Ok(())
}

fn boo_12(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let document = wbxml(&dm(&account, &dm_acc(&account, &rights(&account), "")))?;
    push(b, forged(signed(DM, Sec::NetworkId, document.clone())?))?;
    refused(b, "the MAC is wrong")?;
    // Nobody may try all PINs: the right one comes too late.
    user_types(b, &[&["0000"; 10][..], &[PIN]].concat())?;
    push(b, signed(DM, Sec::UserPin, document)?)?;
    refused(b, "ten wrong PINs were typed")
}

fn boo_15(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let unknown = object("other", "urn:oma:mo:oma-nobody-knows:1.0", "", &leaf("a", "chr", "1"));
    push_dm(b, &dm(&account, &(unknown + &dm_acc(&account, &rights(&account), ""))))?;
    let (mut s, root) = managed(b)?;
    s.holds(&format!("{root}/ServerID"), &account.id)?;
    s.close()
}

fn boo_17(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let ext = interior("Ext", &leaf("Vendor", "chr", "v"));
    push_dm(b, &dm(&account, &dm_acc(&account, &rights(&account), &ext)))?;
    let (mut s, root) = managed(b)?;
    s.holds(&format!("{root}/ServerID"), &account.id)?;
    s.expect(get(&format!("{root}/Ext/Vendor")), &[200, 404])?;
    s.close()
}

fn boo_18(b: &mut Bench) -> Result<(), Stop> {
    for acl in ["Get=srvA+srvB&Replace=srvA", ""] {
        let account = fresh(b)?;
        let own = b.fixture().translated(acl);
        push_dm(b, &dm(&account, &dm_acc(&account, &own, "")))?;
        let (mut s, root) = managed(b)?;
        s.has_acl(&root, acl)?;
        s.holds(&format!("{root}/ServerID"), &account.id)?;
        // What the object does not say is inherited, and above it everybody may Get and Add.
        let code = if acl.is_empty() { 425 } else { 200 };
        s.expect(replace(&format!("{root}/Name"), "Other"), &[code])?;
        s.close()?;
        let mut s = b.manage_as(Server::B)?;
        s.holds(&format!("{root}/ServerID"), &account.id)?;
        s.expect(replace(&format!("{root}/Name"), "Mine"), &[425])?;
        s.close()?;
    }
    Ok(())
}

fn boo_21(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let card = unsigned(CP, wbxml(&cp(&account, ""))?);
    b.act(Deed::SmartCard(Some(card.clone())))?;
    let (s, root) = managed(b)?;
    s.close()?;
    b.act(Deed::SmartCard(Some(card)))?;
    let mut s = b.manage()?;
    s.holds(&format!("{root}/ServerID"), &account.id)?;
    s.close()?;
    b.act(Deed::SmartCard(None))?;
    refused(b, "the card is gone, and its accounts with it")
}

fn boo_22(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup { known: Known::BuiltIn, ..Setup::default() })?;
    let mut s = b.manage()?;
    s.holds("./DMAcc/A/ServerID", "srvA")?;
    for name in s.children("./DMAcc/A/AppAuth")? {
        s.expect(get(&format!("./DMAcc/A/AppAuth/{name}/AAuthSecret")), &[405])?;
    }
    s.expect(replace("./DMAcc/A/Name", "Mine"), &[200])?;
    s.holds("./DMAcc/A/Name", "Mine")?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.expect(replace("./DMAcc/A/Name", "Theirs"), &[425])?;
    s.close()
}

fn boo_24(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Tnds)?;
    let mut s = b.manage()?;
    let before = s.children("./DMAcc")?;
    let inside = leaf("AppID", "chr", "w7") + &leaf("ServerID", "chr", "srvC") + &leaf("Name", "chr", "Example");
    let document = tnds(&object("acc", DM_ACC, &rights(&s.account), &inside));
    let item = Item::target("./Inbox").format("xml").of_type("application/vnd.syncml.dmtnds+xml").data(&document);
    s.expect(add_item(item), &[200])?;
    let mut names = s.children("./DMAcc")?;
    names.retain(|name| !before.contains(name));
    let [name] = names.as_slice() else {
        return Err(Stop::failed("one new account in ./DMAcc", format!("{names:?}")).at(s.place()));
    };
    s.holds(&format!("./DMAcc/{name}/ServerID"), "srvC")?;
    for uri in ["./Inbox", &format!("./Inbox/{name}")] {
        s.expect(get(uri), &[405])?;
    }
    s.close()
}

fn boo_26(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Copy)?;
    b.needs(Feature::Exec)?;
    let mut s = b.manage()?;
    for uri in ["./Inbox", "./Inbox/x"] {
        let commands = [replace(uri, "x"), delete(uri), copy("./T/s", uri), copy(uri, "./T/new"), exec(uri)];
        s.send(commands)?.codes(&[405; 5])?;
    }
    s.lacks("./T/new")?;
    s.close()
}

fn boo_27(b: &mut Bench) -> Result<(), Stop> {
    let account = fresh(b)?;
    let document = dm(&account, &dm_acc(&account, &rights(&account), ""));
    b.act(Deed::Fetched(unsigned(DM, wbxml(&document)?)))?;
    let (mut s, root) = managed(b)?;
    s.holds(&format!("{root}/ServerID"), &account.id)?;
    s.close()
}
