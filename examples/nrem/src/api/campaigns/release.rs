//! What a campaign installs, put together from what is known of the images.

use serde::Deserialize;
use utoipa::ToSchema;
use xrem_server::campaign::Release;
use xrem_server::task::ImageFile;

use super::super::tasks::image;
use super::super::{ApiError, firmware};
use crate::app::App;

/// An image that applies to another one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignDelta)]
pub(super) struct Delta {
    /// SHA-256 of the image that it applies to: 64 hexadecimal digits. Left out: what was told when it was uploaded.
    from: Option<String>,
    /// Its name.
    image: String,
}

impl Delta {
    fn file(&self, app: &App, full: &ImageFile) -> Result<ImageFile, ApiError> {
        let Some(from) = &self.from else { return firmware::delta(app, &self.image) };
        let file = image(app, &self.image)?;
        file.with_delta(from.to_lowercase(), full.sha256.clone()).map_err(ApiError::bad)
    }
}

/// The release of the image `name`, as `version` if that is given, by the FUMO object at `fumo` if that is given; with these
/// `deltas`, or all that make the image.
pub(super) fn of(
    app: &App,
    (name, version, fumo): (&str, Option<&str>, Option<&str>),
    deltas: Option<&[Delta]>,
) -> Result<Release, ApiError> {
    let full = image(app, name)?;
    let version = version.map(str::to_owned).or_else(|| full.version.clone());
    let version = version.ok_or_else(|| ApiError::bad(format!("{name} has no version; give one")))?;
    if full.signature.is_some() && full.version.as_ref() != Some(&version) {
        let signed = full.version.as_deref().unwrap_or("no version");
        return Err(ApiError::bad(format!("{name} is signed as {signed}; devices would refuse it as {version}")));
    }
    let deltas = match deltas {
        None => firmware::deltas(app, &full)?,
        Some(named) => named.iter().map(|delta| delta.file(app, &full)).collect::<Result<_, _>>()?,
    };
    let signature = full.signature.clone();
    let mut release = Release::new(version.clone(), full.with_version(Some(version.clone())));
    for delta in deltas {
        // It makes the image, so that it has the version and the signature of that.
        release = release.with_delta(delta.with_version(Some(version.clone())).with_signature(signature.clone()));
    }
    Ok(if let Some(fumo) = fumo { release.at(fumo) } else { release })
}
