//! `/software`: packages on nodes, and what a node has.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use omadm_tree::mo::{ComponentState, PackageState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xrem_server::requester::Ability;
use xrem_server::software::{Inventory, InventoryComponent, InventoryPackage, SoftwareRequest};
use xrem_server::store::Store as _;
use xrem_server::task::{Activation, SoftwareOperation, Target};

use super::tasks::{accept, image};
use super::{ApiError, Caller, Created, ErrorBody, parse, schema, view};
use crate::app::App;

/// A change of software.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SoftwareRequest)]
struct Request {
    #[schema(value_type = schema::Target)]
    target: Target,
    operation: Operation,
    /// The id of the package (PkgID).
    #[schema(min_length = 1, max_length = 255)]
    package: String,
    /// To install: the name of an image, which has the bytes of the package. Another version of what is there updates it.
    image: Option<String>,
    /// To install: whether its components run at once, as they do unless it is said, or when they are activated.
    #[schema(value_type = Option<schema::Activation>)]
    activation: Option<Activation>,
    /// To install: what the installer is told.
    params: Option<String>,
    /// The root of the SCOMO object, by default `./SCOMO`.
    scomo: Option<String>,
}

/// What becomes of a package.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SoftwareOperation)]
enum Operation {
    Install,
    Remove,
    Activate,
    Deactivate,
}

impl Request {
    /// What the library calls it.
    fn operation(&mut self, app: &App) -> Result<SoftwareOperation, ApiError> {
        let package = std::mem::take(&mut self.package);
        let named = [self.image.is_some(), self.activation.is_some(), self.params.is_some()];
        if self.operation != Operation::Install && named.contains(&true) {
            return Err(ApiError::bad("image, activation and params are for an installation only"));
        }
        Ok(match self.operation {
            Operation::Install => {
                let Some(name) = &self.image else {
                    return Err(ApiError::bad("an installation needs image: the name of the image with the package"));
                };
                SoftwareOperation::Install {
                    package,
                    image: image(app, name)?,
                    activation: self.activation.unwrap_or(Activation::Active),
                    params: self.params.take(),
                }
            }
            Operation::Remove => SoftwareOperation::Remove { package },
            Operation::Activate => SoftwareOperation::Activate { package },
            Operation::Deactivate => SoftwareOperation::Deactivate { package },
        })
    }
}

/// Installs, removes, activates or deactivates a package, and reads afterwards what the nodes have.
#[utoipa::path(post, path = "/software", tag = "software", request_body = Request,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node or image.", body = ErrorBody)))]
pub(crate) async fn submit(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let mut request: Request = parse(&body)?;
    let operation = request.operation(&app)?;
    let permit = caller.permit(&app, Ability::Upgrade, &request.target)?;
    let mut software = SoftwareRequest::new(request.target, operation);
    if let Some(scomo) = request.scomo {
        software = software.at(scomo);
    }
    let made = app.nrem.submit_software(App::now(), app.next_task(), software, permit);
    accept(&app, &caller, made.map_err(ApiError::bad)?).await
}

/// Whose software is read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InventoryRequest)]
struct Reading {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// The root of the SCOMO object, by default `./SCOMO`.
    scomo: Option<String>,
}

/// Reads from nodes what software they have; `GET /devices/{id}/software` tells it then.
#[utoipa::path(post, path = "/software/inventory", tag = "software", request_body = Reading,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn read(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let Reading { target, scomo } = parse(&body)?;
    let permit = caller.permit(&app, Ability::Upgrade, &target)?;
    let request = Inventory::request(target, scomo.as_deref().unwrap_or("./SCOMO"));
    let made = app.nrem.submit(App::now(), app.next_task(), request, permit);
    accept(&app, &caller, made.map_err(ApiError::bad)?).await
}

/// The software of a node as a task has read it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Software {
    node: String,
    /// The task that read it; null when none has.
    task: Option<u64>,
    /// When that task was submitted.
    submitted: Option<String>,
    /// The packages that lie there.
    packages: Vec<Package>,
    /// The installed components.
    components: Vec<Component>,
}

/// A package on a node.
#[derive(Serialize, ToSchema)]
#[schema(as = SoftwarePackage)]
struct Package {
    /// PkgID.
    package: String,
    name: Option<String>,
    /// `delivered` or `installed`.
    state: Option<String>,
}

/// An installed component.
#[derive(Serialize, ToSchema)]
#[schema(as = SoftwareComponent)]
struct Component {
    id: String,
    /// The PkgID of the package that it came from.
    package: Option<String>,
    name: Option<String>,
    version: Option<String>,
    /// `active` or `inactive`.
    state: Option<String>,
}

impl From<InventoryPackage> for Package {
    fn from(own: InventoryPackage) -> Self {
        let state = |state: PackageState| state.text().map_or_else(|| state.to_string(), str::to_owned);
        Self { package: own.pkg_id, name: own.name, state: own.state.map(state) }
    }
}

impl From<InventoryComponent> for Component {
    fn from(own: InventoryComponent) -> Self {
        let state = |state: ComponentState| state.text().map_or_else(|| state.to_string(), str::to_owned);
        Self { id: own.id, package: own.pkg_id_ref, name: own.name, version: own.version, state: own.state.map(state) }
    }
}

/// Shows the software of a node as the newest task has read it: a task that changes software does, and that of
/// `/software/inventory`.
#[utoipa::path(get, path = "/devices/{id}/software", tag = "software",
    params(("id" = String, Path, description = "NodeId of a node")),
    responses((status = 200, description = "What is known.", body = Software)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Software>, ApiError> {
    let device = caller.node(&app, Ability::Read, &id)?;
    let node = app.database.name_of(&device)?.to_string();
    for task in app.database.tasks_after(None)?.rev() {
        let task = task?;
        if !Inventory::is_read_by(&task) {
            continue;
        }
        for job in app.database.jobs(task.id)? {
            let Some(inventory) = Inventory::of_job(&task, &job, &device) else { continue };
            return Ok(Json(Software {
                node,
                task: Some(task.id.get()),
                submitted: Some(view::time(task.submitted)),
                packages: inventory.packages.into_values().map(Into::into).collect(),
                components: inventory.components.into_values().map(Into::into).collect(),
            }));
        }
    }
    Ok(Json(Software { node, task: None, submitted: None, packages: Vec::new(), components: Vec::new() }))
}
