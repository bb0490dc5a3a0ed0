//! Placeholders in templates: `{$img:ID:url}`, `{$dev:id}`, `{$arg:Key}`; `{$$` is a literal `{$` \[gwmo 5.3\].

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

/// One placeholder. `{$set:…}` needs variants of images, which this gateway does not have; it counts as unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Placeholder {
    /// `{$img:ID:url}` and its kin.
    Image {
        /// ImageID.
        id: String,
        /// What of it.
        fact: ImageFact,
    },
    /// `{$dev:id}` and its kin.
    Device(DeviceFact),
    /// `{$arg:Key}`: a value of Target/Args.
    Arg(String),
}

/// What a template may ask of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ImageFact {
    /// `url`: LocalURL.
    Url,
    /// `size`: bytes.
    Size,
    /// `hash`: 64 hexadecimal digits.
    Hash,
    /// `ver`: Version.
    Version,
}

/// What a template may ask of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DeviceFact {
    /// `id`
    Id,
    /// `rec`
    Record,
    /// `man`
    Man,
    /// `mod`
    Model,
    /// `swv`
    SwV,
    /// `fwv`
    FwV,
    /// `hwv`
    HwV,
}

impl ImageFact {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Url, "url"), (Self::Size, "size"), (Self::Hash, "hash"), (Self::Version, "ver")];
}

impl DeviceFact {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Id, "id"),
        (Self::Record, "rec"),
        (Self::Man, "man"),
        (Self::Model, "mod"),
        (Self::SwV, "swv"),
        (Self::FwV, "fwv"),
        (Self::HwV, "hwv"),
    ];
}

impl Placeholder {
    /// The placeholder between `{$` and `}`.
    fn parse(inside: &str) -> Option<Self> {
        let (kind, rest) = inside.split_once(':')?;
        match kind {
            "img" => {
                let (id, fact) = rest.rsplit_once(':')?;
                let fact = ImageFact::ALL.iter().find(|(_, name)| *name == fact)?.0;
                (!id.is_empty()).then(|| Self::Image { id: id.into(), fact })
            }
            "dev" => DeviceFact::ALL.iter().find(|(_, name)| *name == rest).map(|(fact, _)| Self::Device(*fact)),
            "arg" => (!rest.is_empty()).then(|| Self::Arg(rest.into())),
            _ => None,
        }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { id, fact } => {
                let name = ImageFact::ALL.iter().find(|(known, _)| known == fact).map_or("", |(_, name)| name);
                write!(f, "{{$img:{id}:{name}}}")
            }
            Self::Device(fact) => {
                let name = DeviceFact::ALL.iter().find(|(known, _)| known == fact).map_or("", |(_, name)| name);
                write!(f, "{{$dev:{name}}}")
            }
            Self::Arg(key) => write!(f, "{{$arg:{key}}}"),
        }
    }
}

/// A piece of a text.
enum Piece<'t> {
    Literal(&'t str),
    Placeholder(&'t str),
}

/// The pieces of `text`; an unclosed placeholder comes as `Err` with its text.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        pieces.push(Piece::Literal(before));
        if let Some(literal) = after.strip_prefix('$') {
            pieces.push(Piece::Literal("{$"));
            rest = literal;
        } else {
            let (inside, behind) = after.split_once('}').ok_or_else(|| ["{$", after].concat())?;
            pieces.push(Piece::Placeholder(inside));
            rest = behind;
        }
    }
    pieces.push(Piece::Literal(rest));
    Ok(pieces)
}

/// The placeholders of `text`, or the first that is malformed or unknown.
pub(super) fn scan(text: &str) -> Result<Vec<Placeholder>, String> {
    let mut found = Vec::new();
    for piece in pieces(text)? {
        if let Piece::Placeholder(inside) = piece {
            let placeholder = Placeholder::parse(inside).ok_or_else(|| ["{$", inside, "}"].concat())?;
            found.push(placeholder);
        }
    }
    Ok(found)
}

/// `text`, which [`scan`] accepted, with its placeholders replaced; `Err` is the first without value.
pub(super) fn fill(text: &str, value: &impl Fn(&Placeholder) -> Option<String>) -> Result<String, Placeholder> {
    let Ok(pieces) = pieces(text) else { return Ok(text.to_string()) };
    let mut filled = String::with_capacity(text.len());
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => filled.push_str(literal),
            Piece::Placeholder(inside) => {
                if let Some(placeholder) = Placeholder::parse(inside) {
                    filled.push_str(&value(&placeholder).ok_or(placeholder)?);
                }
            }
        }
    }
    Ok(filled)
}
