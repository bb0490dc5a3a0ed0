//! Devices that nobody registered, and those among them that register themselves by proving a shared secret
//! \[mission-matrix N7a\].
//!
//! What such a device needs until it has proved itself (its nonce, the challenges that it was given) is kept with its entry in
//! the bounded list of unknown devices, so a flood of inventions costs no more room than that list.

use alloc::boxed::Box;

use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::time::Instant;

use super::{Event, Nrem, Step};
use crate::register::{Acceptance, Candidate, Stranger};
use crate::session::{self, Incoming};
use crate::store::{Record, Records};

impl Nrem {
    pub(super) fn meet_stranger(
        &self,
        now: Instant,
        records: &mut Records,
        nonces: &mut NonceSource,
        incoming: &Incoming<'_>,
    ) -> Step {
        let id = incoming.dev_id();
        let noted = records.strangers.note(now, id.clone());
        let is_told = noted.as_ref().is_some_and(|(_, is_told)| *is_told);
        let own = noted.as_ref().map(|(stranger, _)| stranger.clone()).or_else(|| records.strangers.own.take());
        let mut step = match own {
            Some(own) if records.node.is_none() => self.probe(now, own, records, (nonces, incoming)),
            Some(_) | None => None,
        }
        .unwrap_or_else(|| {
            let mut step = Step::default();
            step.persist.extend(noted.map(|(stranger, _)| Record::Stranger(stranger)));
            step.reply = Some(session::refuse_stranger(nonces, incoming));
            step
        });
        if is_told {
            step.events.insert(0, Event::UnknownDevice(id.into()));
        }
        step
    }

    /// Lets `stranger` prove the shared secret, if there is one; then it is a node.
    fn probe(
        &self,
        now: Instant,
        mut stranger: Stranger,
        records: &mut Records,
        (nonces, incoming): (&mut NonceSource, &Incoming<'_>),
    ) -> Option<Step> {
        let Acceptance::Accept(shared) = &records.strangers.acceptance else { return None };
        let wanted = shared.registration(stranger.dev_id.clone()).accept(now).ok()?.0;
        let is_current = |candidate: &Candidate| {
            let of = |node: &crate::directory::NodeRecord| {
                node.account.as_ref().map(|account| (account.client.clone(), account.server.clone(), account.scheme))
            };
            of(&candidate.node) == of(&wanted)
        };
        // The policy may have changed since it came last.
        match stranger.candidate.take().filter(|candidate| is_current(candidate)) {
            Some(candidate) => (records.node, records.session) = (Some(candidate.node), candidate.session),
            None => records.node = Some(wanted),
        }
        let mut step = self.handle_message(now, records, nonces, incoming);
        if step.events.iter().any(|event| matches!(event, Event::SessionStarted(_))) {
            step.events.insert(0, Event::Accepted(stranger.dev_id.clone().into()));
            step.persist.push(Record::StrangerRemoved(stranger.dev_id));
            return Some(step);
        }
        let (mut node, mut session) = (records.node.take(), core::mem::take(&mut records.session));
        for record in step.persist.drain(..) {
            if let Record::Node(changed) = record {
                node = Some(changed);
            } else if let Record::Session { session: changed, .. } = record {
                session = *changed;
            }
        }
        stranger.candidate = node.map(|node| Box::new(Candidate { node, session }));
        step.persist.push(Record::Stranger(stranger));
        // That somebody guesses is told of those only who are known.
        step.events.clear();
        Some(step)
    }
}
