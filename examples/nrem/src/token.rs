//! Tokens of requesters, and the first of them.

use std::path::Path;

use omadm_proto::auth::Secret;
use xrem_server::requester::{Requester, RequesterName, RequesterStore as _, Rights, TokenDigest};
use xrem_server::store::{Record, Store as _};

use crate::server::StartError;
use crate::store::Database;

/// Random bytes in a token.
const LENGTH: usize = 32;

/// A token that nobody can guess: 256 random bits as hexadecimal digits.
pub(crate) fn fresh_token() -> Result<String, getrandom::Error> {
    let mut random = [0; LENGTH];
    getrandom::fill(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Stores the requester `name`, who may do everything, in the state folder of a server that does not run, and gives its token.
/// A requester of this name gets this token and these rights.
///
/// # Errors
/// [`StartError`] names what is in the way.
pub fn add_administrator(state: &Path, name: &RequesterName) -> Result<String, StartError> {
    std::fs::create_dir_all(state).map_err(|cause| StartError::State { folder: state.to_owned(), cause })?;
    let file = state.join("nrem.redb");
    let failed =
        |cause: crate::store::StoreError| StartError::Database { file: file.clone(), cause: cause.to_string() };
    let mut database = Database::open(&file).map_err(failed)?;
    let token = fresh_token().map_err(std::io::Error::other)?;
    let digest = TokenDigest::of(&Secret::from(token.as_str()));
    let known = database.requester(name).map_err(failed)?;
    tracing::info!(%name, known = known.is_some(), "administrator added");
    database
        .commit(&[Record::Requester(Requester::new(name.clone(), digest, Rights::everything()))])
        .map_err(failed)?;
    Ok(token)
}
