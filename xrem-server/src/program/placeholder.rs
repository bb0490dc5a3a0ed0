//! The placeholders `{$img:NAME:url}` of a task's commands \[gwmo 5.3\].
//!
//! An application writes the name of an image as it uploaded it. For a node that fetches from this server they are filled in
//! here; for a gateway the name becomes the ImageID, and the gateway fills in its own address.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use crate::task::{CommandSpec, ImageFile, Payload};

/// The facts of an image that a placeholder can ask for.
const FACTS: [&str; 4] = ["url", "size", "hash", "ver"];

/// What stands in for `{$img:<image>:<fact>}`.
type Replacement<'f> = &'f dyn Fn(&ImageFile, &str) -> String;

/// This server's own address and facts.
pub(super) fn of_server(image: &ImageFile, fact: &str) -> String {
    match fact {
        "url" => image.url.clone(),
        "size" => format!("{}", image.size),
        "hash" => format!("sha256:{}", image.sha256),
        _ => image.version.clone().unwrap_or_default(),
    }
}

/// The placeholder that a gateway understands.
pub(super) fn of_gateway(image: &ImageFile, fact: &str) -> String {
    format!("{{$img:{}:{fact}}}", image.id())
}

/// `spec` with the placeholders of `images` replaced, in its texts and those of the commands inside it.
pub(super) fn fill<'a>(spec: &'a CommandSpec, images: &[ImageFile], with: Replacement<'_>) -> Cow<'a, CommandSpec> {
    if !images.iter().any(|image| mentions(spec, &image.name)) {
        return Cow::Borrowed(spec);
    }
    let mut spec = spec.clone();
    fill_in(&mut spec, images, with);
    Cow::Owned(spec)
}

/// Whether `spec` has a placeholder of the image `name`.
pub(super) fn mentions(spec: &CommandSpec, name: &str) -> bool {
    let start = format!("{{$img:{name}:");
    text(spec).is_some_and(|text| text.contains(&start)) || spec.inner().iter().any(|inner| mentions(inner, name))
}

fn text(spec: &CommandSpec) -> Option<&str> {
    if let Payload::Text(text) = spec.payload()? { Some(text) } else { None }
}

fn fill_in(spec: &mut CommandSpec, images: &[ImageFile], with: Replacement<'_>) {
    for inner in spec.inner_mut() {
        fill_in(inner, images, with);
    }
    if let Some(Payload::Text(text)) = spec.payload_mut() {
        for image in images {
            for fact in FACTS {
                *text = text.replace(&format!("{{$img:{}:{fact}}}", image.name), &with(image, fact));
            }
        }
    }
}
