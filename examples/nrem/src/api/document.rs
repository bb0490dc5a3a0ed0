//! The OpenAPI document: what the handlers tell about themselves, and what holds for all of them.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Info, LicenseBuilder, OpenApi, Paths, Ref, Response, ResponseBuilder, Server};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::ErrorBody;

/// The name of the token among the security schemes.
const TOKEN: &str = "token";
const DESCRIPTION: &str = "The northbound API of an OMA DM network server: devices and gateways, tasks for them, and what \
    they report.";
const LICENSE: &str = "MIT OR Apache-2.0";

/// The document as JSON, with the answers that every operation can give.
pub(super) fn complete(described: OpenApi) -> String {
    let mut about = Info::new("nrem", env!("CARGO_PKG_VERSION"));
    about.description = Some(DESCRIPTION.into());
    about.license = Some(LicenseBuilder::new().name(LICENSE).identifier(Some(LICENSE)).build());
    let mut document = OpenApi::new(about, Paths::new());
    document.merge(described);
    document.servers = Some(vec![Server::new("/api/v1")]);
    let components = document.components.get_or_insert_default();
    components.schemas.insert(ErrorBody::name().into_owned(), ErrorBody::schema());
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The token of a requester."));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token.build()));
    document.security = Some(vec![SecurityRequirement::new(TOKEN, [""; 0])]);
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            complete_operation(path, operation);
        }
    }
    document.to_json().unwrap_or_default()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn complete_operation(path: &str, operation: &mut Operation) {
    let mut answers = vec![
        ("400", "The request is not what is expected; `error` names the place."),
        ("401", "There is no token, or nobody has it."),
        (
            "503",
            "The server has as much in hand as it takes, or cannot use its store; Retry-After tells when to come back.",
        ),
    ];
    if path.contains('{') {
        answers.push(("404", "There is nothing of this name for the requester."));
    }
    if operation.request_body.is_some() {
        answers.push(("413", "The request is longer than what is accepted."));
    }
    for (status, why) in answers {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| refusal(why).into());
    }
}

fn refusal(why: &str) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name())));
    ResponseBuilder::new().description(why).content("application/json", body.build()).build()
}
