//! `nrem images`: files for nodes to fetch.

use std::path::PathBuf;
use std::process::ExitCode;

use comfy_table::Table;
use nrem::remote::escape;
use serde_json::Value;

use super::Outcome;
use super::connect::Console;
use super::output::{table, text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    /// Store this file, instead of showing what is there.
    #[arg(long, value_name = "FILE")]
    put: Option<PathBuf>,
    /// Name of the image [default: the name of the file].
    #[arg(long, requires = "put")]
    name: Option<String>,
    /// Its version, as devices will show it; of a delta, the version that it makes.
    #[arg(long, requires = "put")]
    version: Option<String>,
    /// It is a delta (BSDIFF40): the image that it applies to, by its name here or its SHA-256.
    #[arg(long, requires_all = ["put", "result"], value_name = "IMAGE")]
    base: Option<String>,
    /// Of a delta: the whole image that comes of it, by its name here or its SHA-256.
    #[arg(long, requires_all = ["put", "base"], value_name = "IMAGE")]
    result: Option<String>,
    /// File with the ed25519 signature of the version and the whole image: 64 bytes.
    #[arg(long, requires = "put", value_name = "FILE")]
    signature: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    let Some(file) = &args.put else {
        args.console
            .show(&remote.get("/images")?, |answer| list(answer["images"].as_array().map_or(&[], Vec::as_slice)));
        return Ok(ExitCode::SUCCESS);
    };
    let name = args.name.clone().or_else(|| Some(file.file_name()?.to_str()?.to_owned()));
    let name = name.ok_or("the file has no name that an image can have; give --name")?;
    let signature = match &args.signature {
        Some(file) => {
            let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        None => None,
    };
    let facts = [("version", &args.version), ("base", &args.base), ("result", &args.result), ("signature", &signature)];
    let given = facts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", escape(value.as_ref()?))));
    let path = format!("/images/{}?{}", escape(&name), given.collect::<Vec<_>>().join("&"));
    let body = std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    args.console.show(&remote.upload(&path, &body)?, |image| list(std::slice::from_ref(image)));
    Ok(ExitCode::SUCCESS)
}

fn list(images: &[Value]) -> Table {
    let mut table = table(["image", "version", "bytes", "SHA-256", "delta from", "signed"]);
    for image in images {
        let [name, version, size, sha256, base] =
            ["name", "version", "size", "sha256", "base"].map(|field| text(&image[field]));
        let signed = if image["signature"].is_null() { String::new() } else { "yes".to_owned() };
        table.add_row([name, version, size, sha256, base, signed]);
    }
    table
}
