//! The Inbox \[dm 11.4, mo 4.5\]: servers put management objects there, the device files them by their identifiers.
//!
//! Whoever may Add to the Inbox may bring objects; filing them is the device's own act, so that neither ACL nor AccessType of
//! the place stands in the way, and nothing that exists is ever overwritten: a name that is taken is changed. ACLs are those in
//! the object and no others \[catalogue X-BOO-18\]. References between objects of one document follow them.
//!
//! Where an identifier belongs is told by [`Tree::file_under`], else by an object of that kind which the tree already has;
//! DMAcc belongs to `./DMAcc`. Objects of unknown kinds are ignored \[mo 4.5\]; unspecified what a document of nothing else
//! answers: 415, because it is the Type that is not accepted. Of several versions of one kind the newest known is taken.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use super::{Actor, INBOX, Refusal};
use crate::acl::Right;
use crate::store::Index;
use crate::tnds::{Tnds, TndsContent, TndsNode, children};
use crate::tree::{LocalError, Tree};
use crate::uri::NodeUri;
use crate::value::NewNode;

/// Where DMAcc objects are \[dm 11.3\].
const DM_ACC: &str = "DMAcc";

/// The identifiers of DMAcc, the one that examples of DM 1.2 use among them \[dm 11.5\].
const DM_ACC_IDS: [&str; 3] =
    ["urn:oma:mo:oma-dm-dmacc:1.0", "urn:oma:mo:oma-dm-dmacc:1.1", "org.openmobilealliance/1.0/w7"];

/// Which identifiers belong where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filing {
    places: Vec<(Box<str>, NodeUri)>,
}

/// An object of the document that has found its place.
struct Filed<'o, 'a> {
    object: &'o [TndsNode<'a>],
    /// What it is called in the document.
    declared: String,
    place: NodeUri,
}

impl Tree {
    /// Objects whose Type is `moi` and that come through the Inbox become children of `parent`, which is created with the
    /// first one if need be. A later call replaces the place. Not kept in snapshots.
    ///
    /// # Errors
    /// When `parent` is no URI.
    pub fn file_under(&mut self, moi: &str, parent: &str) -> Result<(), LocalError> {
        let parent = NodeUri::parse(parent)?;
        self.filing.places.retain(|(known, _)| **known != *moi);
        self.filing.places.push((moi.into(), parent));
        Ok(())
    }

    /// 405 for a server that wants anything but Add of the Inbox or what is below.
    pub(super) fn spare_inbox(&self, actor: Actor<'_>, uri: &NodeUri) -> Result<(), StatusCode> {
        let spared = matches!(actor, Actor::Server(_)) && self.is_inbox(uri);
        if spared { Err(StatusCode::COMMAND_NOT_ALLOWED) } else { Ok(()) }
    }

    /// Add of a serialized tree to the Inbox or, with a name for the one object in it, to a place right below.
    pub(super) fn file_object(&mut self, actor: Actor<'_>, uri: &NodeUri, new: NewNode) -> Result<(), Refusal> {
        self.check_tnds()?;
        let inbox = self.store.child(Index::ROOT, INBOX).ok_or(StatusCode::NOT_FOUND)?;
        self.permit(actor, Right::Add, inbox)?;
        let document = new.value.ok_or(StatusCode::INCOMPLETE_COMMAND)?;
        let tnds = Tnds::parse(&document).map_err(|error| error.kind.status())?;
        let named = match (uri.depth(), tnds.objects().nth(1)) {
            (1, _) => None,
            (2, None) => uri.name(),
            _ => return Err(StatusCode::BAD_REQUEST.into()),
        };
        let filed = self.assign(&tnds, named)?;
        self.all_or_nothing(uri, |tree| {
            for one in &filed {
                let object = with_references(one.object, &filed);
                tree.create_object(Actor::Device, &one.place, &object)?;
                tree.changed(&one.place);
            }
            Ok(())
        })
    }

    /// Finds the places of the objects in `tnds`; `named` is what the Target calls the only one.
    fn assign<'o, 'a>(&self, tnds: &'o Tnds<'a>, named: Option<&str>) -> Result<Vec<Filed<'o, 'a>>, StatusCode> {
        let known: Vec<(&[TndsNode<'_>], &str, NodeUri)> = tnds
            .objects()
            .filter_map(|object| {
                let moi = object.first().filter(|top| top.is_interior())?.type_name.as_deref()?;
                Some((object, moi, self.home(moi)?))
            })
            .collect();
        let mut filed: Vec<Filed<'o, 'a>> = Vec::new();
        for (object, moi, home) in &known {
            let (kind, version) = kind_and_version(moi);
            let newer = |(_, other, _): &(_, &str, _)| {
                let (other_kind, other_version) = kind_and_version(other);
                other_kind == kind && other_version > version
            };
            if known.iter().any(newer) {
                continue;
            }
            let written = object.first().and_then(|top| top.name.as_deref()).filter(|name| !name.is_empty());
            let declared = match (named, written) {
                (Some(target), Some(name)) if target != name => return Err(StatusCode::BAD_REQUEST),
                (Some(name), _) | (None, Some(name)) => name.to_owned(),
                (None, None) => String::new(),
            };
            let taken =
                |place: &NodeUri| self.locate(place).is_some() || filed.iter().any(|other| other.place == *place);
            let place = free_place(home, &declared, taken);
            filed.push(Filed { object, declared, place });
        }
        if filed.is_empty() { Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT) } else { Ok(filed) }
    }

    /// The parent of objects with the identifier `moi`; `None` when that is not known here.
    fn home(&self, moi: &str) -> Option<NodeUri> {
        let told = self.filing.places.iter().find(|(known, _)| **known == *moi).map(|(_, parent)| parent.clone());
        told.or_else(|| {
            let sibling = self.with_type(moi).next()?;
            sibling.parent().map(|parent| parent.uri())
        })
        .or_else(|| DM_ACC_IDS.contains(&moi).then(|| NodeUri::ROOT.child(DM_ACC)))
    }
}

/// The child of `home` called `name`, or the first that is free of `name-2`, `name-3`... or, without a name, `1`, `2`...
fn free_place(home: &NodeUri, name: &str, taken: impl Fn(&NodeUri) -> bool) -> NodeUri {
    let wanted = if name.is_empty() { home.child("1") } else { home.child(name) };
    let others = (2_u32..).map(|number| {
        home.child(&if name.is_empty() { number.to_string() } else { alloc::format!("{name}-{number}") })
    });
    core::iter::once(wanted).chain(others).find(|place| !taken(place)).unwrap_or_else(|| home.child(name))
}

/// An identifier without its version, and the version: `urn:oma:mo:oma-dm-dmacc:1.0`.
fn kind_and_version(moi: &str) -> (&str, (u32, u32)) {
    let parsed = moi.rsplit_once(':').and_then(|(kind, version)| {
        let (major, minor) = version.split_once('.')?;
        Some((kind, (major.parse().ok()?, minor.parse().ok()?)))
    });
    parsed.unwrap_or((moi, (0, 0)))
}

/// `object` with the values that refer to objects of the document (`./Inbox/<name>/...`) pointing to where those are now.
fn with_references<'a>(object: &[TndsNode<'a>], filed: &[Filed<'_, 'a>]) -> Vec<TndsNode<'a>> {
    let mut object = object.to_vec();
    for node in &mut object {
        if let TndsContent::Value(Some(value)) = &mut node.content
            && matches!(node.format, None | Some(Format::Chr))
            && let Some(target) = referred(value, filed)
        {
            *value = Cow::Owned(target.to_string().into_bytes());
        }
    }
    object
}

/// Where the node that `value` names by its place in the document has gone.
fn referred(value: &[u8], filed: &[Filed<'_, '_>]) -> Option<NodeUri> {
    let uri = NodeUri::parse(core::str::from_utf8(value).ok()?).ok()?;
    let mut names = uri.segments();
    let declared = names.next().filter(|name| *name == INBOX).and_then(|_| names.next())?;
    let one = filed.iter().find(|one| one.declared == declared)?;
    let mut target = one.place.clone();
    let mut within = one.object;
    for name in names {
        within = children(within).find(|child| child.first().and_then(|node| node.name.as_deref()) == Some(name))?;
        target = target.child(name);
    }
    Some(target)
}
