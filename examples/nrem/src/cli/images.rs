//! `nrem images`: files for nodes to fetch.

use std::path::PathBuf;
use std::process::ExitCode;

use comfy_table::Table;
use nrem::remote::escape;
use serde_json::Value;

use super::Outcome;
use super::connect::Server;
use super::output::{Output, table, text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
    /// Store this file, instead of showing what is there.
    #[arg(long, value_name = "FILE")]
    put: Option<PathBuf>,
    /// Name of the image [default: the name of the file].
    #[arg(long, requires = "put")]
    name: Option<String>,
    /// Its version, as devices will show it.
    #[arg(long, requires = "put")]
    version: Option<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.server.remote();
    let Some(file) = &args.put else {
        args.output
            .show(&remote.get("/images")?, |answer| list(answer["images"].as_array().map_or(&[], Vec::as_slice)));
        return Ok(ExitCode::SUCCESS);
    };
    let name = args.name.clone().or_else(|| Some(file.file_name()?.to_str()?.to_owned()));
    let name = name.ok_or("the file has no name that an image can have; give --name")?;
    let version = args.version.as_ref().map(|version| format!("?version={}", escape(version)));
    let path = format!("/images/{}{}", escape(&name), version.unwrap_or_default());
    let body = std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    args.output.show(&remote.upload(&path, &body)?, |image| list(std::slice::from_ref(image)));
    Ok(ExitCode::SUCCESS)
}

fn list(images: &[Value]) -> Table {
    let mut table = table(["image", "version", "bytes", "SHA-256"]);
    for image in images {
        table.add_row(["name", "version", "size", "sha256"].map(|field| text(&image[field])));
    }
    table
}
