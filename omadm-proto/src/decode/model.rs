//! The content models as tables: which children an element has, in which order, and how often \[dm 2.1, 2.3\].
//!
//! Children in the order of the DTD cost one comparison; everything else is looked at in [`Children::irregular`].

use crate::deviation::DeviationKind;
use crate::element::{Space, Tag, metinf, syncml};

/// The children of one element.
#[derive(Debug)]
pub(super) struct Model {
    parent: Tag,
    space: Space,
    /// By token: the place in the order with the two flags, so that what may stand next is a higher number; 0 for what may
    /// not stand here.
    entries: [i8; 64],
    /// The tokens of the children that may not be missing.
    required: u64,
    once: Once,
}

/// What a second occurrence of a child that may occur once is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Once {
    /// A deviation; the last one counts.
    Forgiven,
    /// An error: two readers must not disagree about who sent a message.
    Refused,
}

/// How often a child occurs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occurs {
    /// Once.
    Must,
    /// Once or not at all.
    May,
    /// Any number of times.
    Many,
    /// Once at least.
    MustMany,
    /// Legal, but not used in device management.
    Unused,
}

use Occurs::{Many, May, Must, MustMany, Unused};

const REPEATS: i8 = 1;
/// The sign.
const NOT_USED: i8 = i8::MIN;

impl Model {
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; tokens are below 64")]
    const fn new(parent: Tag, children: &[(Tag, Occurs)]) -> Self {
        let mut model =
            Self { parent, space: children[0].0.space(), entries: [0; 64], required: 0, once: Once::Forgiven };
        let mut place = 0;
        while place < children.len() {
            let (tag, occurs) = children[place];
            #[expect(clippy::cast_possible_truncation, reason = "no element has 63 children")]
            let rank = (place as i8 + 1) << 1;
            model.entries[tag.token() as usize] = rank
                | match occurs {
                    Must | May => 0,
                    Many | MustMany => REPEATS,
                    Unused => NOT_USED,
                };
            if matches!(occurs, Must | MustMany) {
                model.required |= 1 << tag.token();
            }
            place += 1;
        }
        model
    }

    const fn refusing_repetition(mut self) -> Self {
        self.once = Once::Refused;
        self
    }
}

/// The children of one open element so far.
#[derive(Debug)]
pub(super) struct Children {
    model: &'static Model,
    /// The entry of the last one, without flags.
    last: i8,
    /// The tokens of those that have occurred.
    seen: u64,
}

/// What a child that is not simply the next one is.
pub(super) enum Irregular {
    /// Worth telling, or a deviation.
    Noticed(DeviationKind),
    /// Refused in every profile.
    Duplicate,
}

impl Children {
    pub(super) const fn of(model: &'static Model) -> Self {
        Self { model, last: 0, seen: 0 }
    }

    pub(super) const fn parent(&self) -> Tag {
        self.model.parent
    }

    /// Whether nothing has occurred yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// Whether `tag`, which the model has, has occurred.
    pub(super) const fn has(&self, tag: Tag) -> bool {
        self.seen & (1 << (tag.token() & 0x3F)) != 0
    }

    /// Takes `tag` as the next child if it is where the DTD has it, and otherwise does not.
    #[inline(always)]
    pub(super) fn admit_next(&mut self, tag: Tag) -> bool {
        let token = tag.token() & 0x3F;
        let entry = self.model.entries.get(usize::from(token)).copied().unwrap_or_default();
        if entry > self.last && tag.space() == self.model.space {
            self.seen |= 1 << token;
            self.last = entry & !REPEATS;
            return true;
        }
        false
    }

    /// Takes `tag` as the next child. `None`: it is where the DTD has it.
    pub(super) fn admit(&mut self, tag: Tag) -> Option<Irregular> {
        if self.admit_next(tag) {
            return None;
        }
        let entry = self.model.entries.get(usize::from(tag.token() & 0x3F)).copied().unwrap_or_default();
        self.irregular(tag, entry)
    }

    #[cold]
    fn irregular(&mut self, tag: Tag, entry: i8) -> Option<Irregular> {
        if entry == 0 || tag.space() != self.model.space {
            return Some(Irregular::Noticed(DeviationKind::Misplaced(tag)));
        }
        let bit = 1 << (tag.token() & 0x3F);
        let again = self.seen & bit != 0;
        self.seen |= bit;
        if again && entry & REPEATS == 0 {
            return Some(match self.model.once {
                Once::Forgiven => Irregular::Noticed(DeviationKind::Repeated(tag)),
                Once::Refused => Irregular::Duplicate,
            });
        }
        let place = entry & !(REPEATS | NOT_USED);
        if place < self.last {
            return Some(Irregular::Noticed(DeviationKind::Order(tag)));
        }
        self.last = place;
        (entry & NOT_USED != 0).then_some(Irregular::Noticed(DeviationKind::NotUsed(tag)))
    }

    /// The children that are missing, now that the element has ended.
    #[inline]
    pub(super) const fn missing(&self) -> Option<Missing> {
        let tokens = self.model.required & !self.seen;
        if tokens == 0 { None } else { Some(Missing { model: self.model, tokens }) }
    }
}

/// The children that an element lacks.
pub(super) struct Missing {
    model: &'static Model,
    tokens: u64,
}

impl Iterator for Missing {
    type Item = DeviationKind;

    fn next(&mut self) -> Option<DeviationKind> {
        let token = u8::try_from(self.tokens.trailing_zeros()).ok().filter(|token| *token < 64)?;
        self.tokens &= self.tokens - 1;
        let child = Tag::from_token(self.model.space, token)?;
        Some(match child {
            syncml::CMD_ID => DeviationKind::NoCmdId,
            _ => DeviationKind::Missing { parent: self.model.parent, child },
        })
    }
}

macro_rules! model {
    ($name:ident, $parent:path, [$($tag:ident $occurs:ident),* $(,)?] in $space:ident) => {
        pub(super) static $name: Model = Model::new($parent, &[$(($space::$tag, $occurs)),*]);
    };
}

pub(super) static SYNC_ML: Model =
    Model::new(syncml::SYNC_ML, &[(syncml::SYNC_HDR, Must), (syncml::SYNC_BODY, Must)]).refusing_repetition();

pub(super) static SYNC_HDR: Model = Model::new(
    syncml::SYNC_HDR,
    &[
        (syncml::VER_DTD, Must),
        (syncml::VER_PROTO, Must),
        (syncml::SESSION_ID, Must),
        (syncml::MSG_ID, Must),
        (syncml::TARGET, Must),
        (syncml::SOURCE, Must),
        (syncml::RESP_URI, May),
        (syncml::NO_RESP, Unused),
        (syncml::CRED, May),
        (syncml::META, May),
    ],
)
.refusing_repetition();

model!(LOCATION, syncml::TARGET, [LOC_URI Must, LOC_NAME May, FILTER Unused] in syncml);
model!(PARENT, syncml::SOURCE_PARENT, [LOC_URI Must] in syncml);
model!(CRED, syncml::CRED, [META May, DATA Must] in syncml);
model!(CHAL, syncml::CHAL, [META Must] in syncml);
model!(ITEM, syncml::ITEM,
    [TARGET May, SOURCE May, SOURCE_PARENT Unused, TARGET_PARENT Unused, META May, DATA May, MORE_DATA May] in syncml);
model!(META, syncml::META,
    [FIELD_LEVEL Unused, FORMAT May, TYPE May, MARK May, SIZE May, ANCHOR Unused, VERSION Unused, NEXT_NONCE May,
     MAX_MSG_SIZE May, MAX_OBJ_SIZE May, EMI Many, MEM Unused] in metinf);

model!(ADD, syncml::ADD, [CMD_ID Must, NO_RESP Unused, CRED Unused, META May, ITEM MustMany] in syncml);
model!(REPLACE, syncml::REPLACE, [CMD_ID Must, NO_RESP Unused, CRED Unused, META May, ITEM MustMany] in syncml);
model!(COPY, syncml::COPY, [CMD_ID Must, NO_RESP Unused, CRED Unused, META May, ITEM MustMany] in syncml);
model!(DELETE, syncml::DELETE,
    [CMD_ID Must, NO_RESP Unused, ARCHIVE Unused, SFT_DEL Unused, CRED Unused, META May, ITEM MustMany] in syncml);
model!(GET, syncml::GET, [CMD_ID Must, NO_RESP Unused, LANG Unused, CRED Unused, META May, ITEM MustMany] in syncml);
model!(EXEC, syncml::EXEC,
    [CMD_ID Must, NO_RESP Unused, CRED Unused, META May, CORRELATOR May, ITEM MustMany] in syncml);
// Data of an Alert is optional in the DTD and mandatory in DM [dm 2.1].
model!(ALERT, syncml::ALERT,
    [CMD_ID Must, NO_RESP Unused, CRED Unused, DATA Must, CORRELATOR May, ITEM Many] in syncml);
model!(STATUS, syncml::STATUS,
    [CMD_ID Must, MSG_REF Must, CMD_REF Must, CMD Must, TARGET_REF Many, SOURCE_REF Many, CRED Unused, CHAL May,
     DATA Must, ITEM Many] in syncml);
model!(RESULTS, syncml::RESULTS,
    [CMD_ID Must, MSG_REF May, CMD_REF Must, META May, TARGET_REF May, SOURCE_REF May, ITEM MustMany] in syncml);
// What stands in Atomic and Sequence beside their commands.
model!(ATOMIC, syncml::ATOMIC, [CMD_ID Must, NO_RESP Unused, META May] in syncml);
model!(SEQUENCE, syncml::SEQUENCE, [CMD_ID Must, NO_RESP Unused, META May] in syncml);
