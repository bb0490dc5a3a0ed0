//! Transactions: the bracket around the commands of an Atomic \[dm 4.10\].
//!
//! Every change notes what it overwrote; a roll-back gives that back in reverse, so that the tree is exactly the one of the
//! `begin`: values, properties, order of children, TStamp, VerNo and ids. It needs no memory and knows no case in which it
//! fails: a device reports 516 only for what stands outside of its tree. What live leaves answered last is no change.
//! Transactions nest: what an inner one kept, the outer one can still undo.

use crate::tree::Tree;

impl Tree {
    /// Starts a transaction. One inside another is undone or kept together with the outer one, or undone alone.
    pub fn begin(&mut self) {
        self.store.begin();
    }

    /// Keeps what happened since the last `begin`; harmless without one.
    pub fn commit(&mut self) {
        self.store.commit();
    }

    /// Gives back the exact tree of the last `begin`: values, properties, order, ids; harmless without one.
    pub fn rollback(&mut self) {
        self.store.rollback();
        self.reload_uri_limits();
    }

    /// Whether a transaction is open.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.store.is_open()
    }
}
