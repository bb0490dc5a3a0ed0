//! The undo log: what each change overwrote, so that a roll-back gives the exact old tree \[dm 4.10\].
//!
//! `begin` may be nested: each opens a part of the log of its own. Slots of nodes that were taken off are freed when the
//! outermost part is committed.

use alloc::boxed::Box;

use omadm_proto::time::UtcTime;

use super::{Body, Extra, Index, Store};
use crate::node::{AccessType, Traits};

/// One change, as what it takes to undo it.
#[derive(Clone)]
pub(super) enum Undo {
    Created(Index),
    Detached(Index),
    Body(Index, Body),
    Extra(Index, Option<Box<Extra>>),
    Name(Index, Box<str>),
    Rules(Index, AccessType, Traits),
    Stamp(Index, UtcTime, u16),
}

impl Store {
    /// Opens a part of the log.
    pub(crate) fn begin(&mut self) {
        self.marks.push(self.log.len());
        #[cfg(feature = "serde")]
        self.begin_in_journal();
    }

    /// Keeps what happened since the last open `begin`. The outermost one makes it final.
    pub(crate) fn commit(&mut self) {
        self.marks.pop();
        #[cfg(feature = "serde")]
        self.commit_in_journal();
        if self.marks.is_empty() {
            while let Some(change) = self.log.pop() {
                if let Undo::Detached(index) = change {
                    self.release(index);
                }
            }
        }
    }

    /// Undoes what happened since the last open `begin`.
    pub(crate) fn rollback(&mut self) {
        let Some(mark) = self.marks.pop() else { return };
        #[cfg(feature = "serde")]
        self.roll_back_in_journal();
        while self.log.len() > mark {
            if let Some(change) = self.log.pop() {
                self.undo(change);
            }
        }
    }

    /// Whether a `begin` is open.
    pub(crate) fn is_open(&self) -> bool {
        !self.marks.is_empty()
    }

    pub(super) fn note(&mut self, change: Undo) {
        self.revision += 1;
        #[cfg(feature = "serde")]
        self.record(&change);
        if self.is_open() {
            self.log.push(change);
        }
    }

    fn undo(&mut self, change: Undo) {
        match change {
            Undo::Created(index) => {
                self.take_off(index);
                self.release(index);
            }
            Undo::Detached(index) => self.put_back(index),
            Undo::Body(index, body) => {
                let node = self.node_mut(index);
                let before = node.weight();
                node.body = body;
                let after = node.weight();
                self.bytes = self.bytes - before + after;
            }
            Undo::Extra(index, extra) => drop(self.swap_extra(index, extra)),
            Undo::Name(index, name) => {
                self.swap_name(index, name);
            }
            Undo::Rules(index, access, traits) => {
                let node = self.node_mut(index);
                node.access = access;
                node.traits = traits;
            }
            Undo::Stamp(index, stamp, ver_no) => {
                let node = self.node_mut(index);
                node.stamp = stamp;
                node.ver_no = ver_no;
            }
        }
    }
}
