//! The tree of the catalogue's legend, and short words for commands on it.

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::mo::{DevDetail, DevInfo, DmAcc};
use omadm_tree::{AccessType, Acl, Actor, Answer, NewNode, NewValue, NodeSpec, Refusal, TargetUri, Tree};

pub(crate) fn tree() -> Tree {
    tree_with(DevDetail::new())
}

pub(crate) fn tree_with(detail: DevDetail) -> Tree {
    let chr = |value: &str| NodeSpec::leaf(Format::Chr, value);
    let t = acl("Add=*&Get=*&Replace=srvA&Delete=srvA&Exec=srvA");
    let only = |access: AccessType| NodeSpec::leaf(Format::Chr, "r").access(access);
    let executable = || NodeSpec::interior().access(AccessType::EXEC | AccessType::GET);
    Tree::builder()
        .mo(DevInfo::new("IMEI:493005100592800").man("Acme").model("M1").lang("en"))
        .mo(detail)
        .mo(account("./DMAcc/A", "srvA"))
        .mo(account("./DMAcc/B", "srvB"))
        .node("./Inbox", NodeSpec::interior().mo("urn:oma:mo:oma-dm-inbox:1.0").access(AccessType::ADD).permanent())
        .node("./T", NodeSpec::interior().acl(t).permanent())
        .node("./T/s", chr("abc"))
        .node("./T/i", NodeSpec::value(42))
        .node("./T/b", NodeSpec::leaf(Format::Bin, &[0, 1, 0xFE, 0xFF][..]).of_type("application/octet-stream"))
        .node("./T/n", NodeSpec::leaf(Format::Null, ""))
        .node("./T/ro", only(AccessType::GET))
        .node("./T/nd", only(AccessType::GET_REPLACE))
        .node("./T/wo", only(AccessType::REPLACE))
        .node("./T/sub/a", chr("1"))
        .node("./T/sub/b", chr("2"))
        .node("./T/sub/deep/c", chr("3"))
        .node("./T/empty", NodeSpec::interior())
        .node("./T/perm", chr("p").permanent())
        .node("./T/x", executable())
        .node("./T/xa", executable())
        .node("./T/secret", chr("hidden").acl(acl("Get=srvB&Replace=srvB")))
        .build()
        .unwrap()
}

fn account(root: &str, server: &str) -> DmAcc {
    DmAcc::at(root, server)
        .addr("https://dm.example.net/omadm")
        .client("DIGEST", "client1", "cpw", "nonce-c")
        .server("DIGEST", server, "spw", "nonce-s")
}

pub(crate) fn acl(text: &str) -> Acl {
    Acl::parse(text).unwrap()
}

pub(crate) fn uri(text: &str) -> TargetUri {
    TargetUri::parse(text).unwrap()
}

/// The code of a parse error or of a command's outcome, 200 when it was done.
pub(crate) fn code<T>(outcome: Result<T, Refusal>) -> u16 {
    outcome.map_or_else(|refusal| refusal.status.as_u16(), |_| 200)
}

/// A server at work.
pub(crate) struct Srv(pub(crate) ServerId);

pub(crate) fn srv(name: &str) -> Srv {
    Srv(ServerId::new(name))
}

impl Srv {
    pub(crate) fn actor(&self) -> Actor<'_> {
        Actor::Server(&self.0)
    }

    pub(crate) fn get<'t>(&self, tree: &'t Tree, target: &str) -> Result<Answer<'t>, u16> {
        let target = TargetUri::parse(target).map_err(|error| error.status().as_u16())?;
        tree.get(self.actor(), &target).map_err(|refusal| refusal.status.as_u16())
    }

    /// The text of a leaf or property, or the code.
    pub(crate) fn text(&self, tree: &Tree, target: &str) -> Result<String, u16> {
        let answer = self.get(tree, target)?;
        let (_, data) = answer.to_meta_and_data(Syntax::Wbxml);
        Ok(data.and_then(|data| data.as_str().map(str::to_string)).unwrap_or_else(|| panic!("{target} is no text")))
    }

    pub(crate) fn get_code(&self, tree: &Tree, target: &str) -> u16 {
        self.get(tree, target).map_or_else(|code| code, |_| 200)
    }

    pub(crate) fn add(&self, tree: &mut Tree, target: &str, new: NewNode) -> u16 {
        code(tree.add(self.actor(), &uri(target), new))
    }

    pub(crate) fn add_text(&self, tree: &mut Tree, target: &str, value: &str) -> u16 {
        self.add(tree, target, NewNode::leaf(Format::Chr, value))
    }

    pub(crate) fn replace(&self, tree: &mut Tree, target: &str, value: &str) -> u16 {
        self.replace_with(tree, target, NewValue::new(value))
    }

    pub(crate) fn replace_with(&self, tree: &mut Tree, target: &str, new: NewValue) -> u16 {
        code(tree.replace(self.actor(), &uri(target), new))
    }

    pub(crate) fn delete(&self, tree: &mut Tree, target: &str) -> u16 {
        code(tree.delete(self.actor(), &uri(target)))
    }

    pub(crate) fn copy(&self, tree: &mut Tree, source: &str, target: &str) -> u16 {
        code(tree.copy(self.actor(), &uri(source), &uri(target)))
    }

    pub(crate) fn exec(&self, tree: &Tree, target: &str) -> u16 {
        code(tree.exec(self.actor(), &uri(target)))
    }
}
