//! The bars that the codec is held to: ratios within one run, never absolute times of one machine where it can be avoided.

use std::collections::BTreeMap;
use std::fmt;

use crate::contest::{Cell, Contestant, Operation};

/// Figures of one run, in nanoseconds or in instructions.
pub type Figures = BTreeMap<Cell, f64>;

/// What a figure of ours is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bar {
    /// So many times faster than a peer, or more.
    Faster(f64, Contestant),
    /// At most so many times the figure of a peer or a floor.
    Within(f64, Contestant),
    /// At most so many times the figure of a floor, and some nanoseconds.
    WithinAndNanoseconds(f64, Contestant, f64),
    /// At most so many nanoseconds.
    Nanoseconds(f64),
}

/// Whether a bar is met, and by what figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The bar.
    pub bar: Bar,
    /// What was measured: a ratio, or nanoseconds where the bar is in nanoseconds.
    pub value: f64,
    /// Whether that meets the bar.
    pub met: bool,
}

/// The bars of `operation` on the document `name`.
#[must_use]
pub fn bars(operation: Operation, name: &str) -> Vec<Bar> {
    use Contestant::{Libwbxml, Memcpy, QuickXml, TokenWalk};
    let small = name.starts_with("pkg");
    match (operation, name) {
        (Operation::WbxmlEvents, _) if small => vec![Bar::Faster(9.0, Libwbxml), Bar::Within(2.5, TokenWalk)],
        (Operation::WbxmlEvents, "cmd2000") => vec![Bar::Faster(8.0, Libwbxml)],
        (Operation::WbxmlEvents, _) => vec![Bar::Nanoseconds(1000.0)],
        (Operation::WbxmlDecode, "big100k") => vec![Bar::Faster(15.0, Libwbxml)],
        (Operation::WbxmlDecode, _) => vec![Bar::Faster(12.0, Libwbxml)],
        (Operation::WbxmlEncode, "big100k") => vec![Bar::WithinAndNanoseconds(2.0, Memcpy, 200.0)],
        (Operation::WbxmlEncode, "cmd2000") => vec![Bar::Faster(7.0, Libwbxml)],
        (Operation::WbxmlEncode, _) => vec![Bar::Faster(8.0, Libwbxml)],
        (Operation::WbxmlToXml, "big100k") => vec![Bar::Faster(5.0, Libwbxml)],
        (Operation::WbxmlToXml, "cmd2000") => vec![Bar::Faster(8.0, Libwbxml)],
        (Operation::WbxmlToXml, _) => vec![Bar::Faster(10.0, Libwbxml)],
        (Operation::XmlDecode, _) => vec![Bar::Faster(4.5, Libwbxml), Bar::Within(1.7, QuickXml)],
        (Operation::XmlEvents | Operation::XmlEncode, _) => vec![],
    }
}

/// The allocations that `operation` may make on the document `name`, where that is limited.
#[must_use]
pub fn allocations(operation: Operation, name: &str) -> Option<usize> {
    match (operation, name) {
        (Operation::WbxmlEvents | Operation::WbxmlEncode, _) => Some(0),
        (Operation::WbxmlDecode, "pkg1") => Some(20),
        _ => None,
    }
}

impl Bar {
    /// Whether the figures of `operation` on `document` meet the bar; `None` if they do not tell.
    #[must_use]
    pub fn judge(self, figures: &Figures, operation: Operation, document: &'static str) -> Option<Verdict> {
        let figure = |contestant| figures.get(&Cell { operation, document, contestant }).copied();
        let ours = figure(Contestant::Ours)?;
        let (value, met) = match self {
            Self::Faster(times, peer) => {
                let value = figure(peer)? / ours;
                (value, value >= times)
            }
            Self::Within(times, peer) => {
                let value = ours / figure(peer)?;
                (value, value <= times)
            }
            Self::WithinAndNanoseconds(times, peer, more) => {
                let peer = figure(peer)?;
                (ours / peer, ours <= times * peer + more)
            }
            Self::Nanoseconds(most) => (ours, ours <= most),
        };
        Some(Verdict { bar: self, value, met })
    }

    /// Whether the bar means something when instructions are counted and not nanoseconds.
    #[must_use]
    pub const fn is_ratio(self) -> bool {
        matches!(self, Self::Faster(..) | Self::Within(..))
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faster(times, peer) => write!(f, ">= {times}x {}", peer.name()),
            Self::Within(times, peer) => write!(f, "<= {times}x {}", peer.name()),
            Self::WithinAndNanoseconds(times, peer, more) => write!(f, "<= {times}x {} + {more} ns", peer.name()),
            Self::Nanoseconds(most) => write!(f, "<= {most} ns"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, met) = (self.value, if self.met { "met" } else { "NOT MET" });
        match self.bar {
            Bar::Faster(_, peer) => write!(f, "{value:.1}x faster than {} ({}: {met})", peer.name(), self.bar),
            Bar::Within(_, peer) | Bar::WithinAndNanoseconds(_, peer, _) => {
                write!(f, "{value:.2}x {} ({}: {met})", peer.name(), self.bar)
            }
            Bar::Nanoseconds(_) => write!(f, "{value:.0} ns ({}: {met})", self.bar),
        }
    }
}
