//! The OpenAPI document: what the handlers tell about themselves, and what holds for all of them.

use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Info, LicenseBuilder, OpenApi, Paths, Ref, Required, Response, ResponseBuilder, Server,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::ErrorBody;
use super::repeat::KEY;

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
        for (method, operation) in operations(item) {
            complete_operation(path, &method, operation);
        }
    }
    document.to_json().unwrap_or_default()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let methods = [
        (HttpMethod::Get, get),
        (HttpMethod::Put, put),
        (HttpMethod::Post, post),
        (HttpMethod::Delete, delete),
        (HttpMethod::Patch, patch),
    ];
    methods.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete_operation(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let mut answers = vec![
        ("400", "The request is not what is expected; `error` names the place."),
        ("403", "The requester has not the right."),
        ("401", "There is no token, or nobody has it."),
        (
            "503",
            "The server has as much in hand as it takes, or cannot use its store; Retry-After tells when to come back.",
        ),
    ];
    if *method == HttpMethod::Post {
        let key = ParameterBuilder::new().name(KEY).parameter_in(ParameterIn::Header).required(Required::False);
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
        let about = "Of your choice, one for each request: the same request under the same key is carried out once.";
        operation
            .parameters
            .get_or_insert_default()
            .push(key.description(Some(about)).schema(Some(text)).build().into());
        answers.push(("409", "It contradicts what is there, or a request with this key is being worked on."));
        answers.push(("422", "The Idempotency-Key was used for another request."));
    }
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
