//! `syncml`: reads and writes OMA DM messages on the command line.
//!
//! `decode` shows a WBXML or XML document as indented XML, or a message as JSON; `encode` turns XML into WBXML. Conversion
//! goes from element event to element event, so that nothing of a document is lost; only JSON needs a complete message.

mod convert;
mod document;
mod json;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use document::{Document, Problem};

/// Decodes and encodes SyncML (OMA DM) documents in XML and WBXML.
///
/// The syntax of an input is told by its first byte. Exit status: 0 when everything was converted, 1 when a document could
/// not be read or written, 2 when the command line is wrong. Every error names the file, the byte and the broken rule.
#[derive(Debug, Parser)]
#[command(name = "syncml", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows WBXML or XML documents as indented XML, or messages as JSON.
    ///
    /// Any document of the known code pages can be shown: SyncML messages of all versions, device descriptions (DDF, TNDS),
    /// DevInf and provisioning documents. Binary values become base64 and their Format b64.
    Decode(Decode),
    /// Writes an XML document as WBXML.
    ///
    /// The result is in the canonical form: WBXML 1.2, public identifier SyncML 1.2, no string table. A WBXML document is
    /// rewritten in that form.
    Encode(Encode),
}

#[derive(Debug, Args)]
struct Decode {
    /// The documents; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show the typed content of messages as JSON, one object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
struct Encode {
    /// The document; `-` is the standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
struct Output {
    /// Write to FILE instead of the standard output; `-` is the standard output.
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    path: Option<PathBuf>,
}

impl Output {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match &self.path {
            Some(path) if path.as_os_str() != "-" => File::create(path)?.write_all(bytes),
            _ => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                out.flush()
            }
        }
    }

    fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "standard output".to_string(), |path| path.display().to_string())
    }
}

fn main() -> ExitCode {
    let (results, output) = match Cli::parse().command {
        Command::Decode(decode) => {
            let show = if decode.json { json::show } else { convert::to_xml };
            (decode.files.iter().map(|path| read_and(path, show)).collect(), decode.output)
        }
        Command::Encode(encode) => (vec![read_and(&encode.file, convert::to_wbxml)], encode.output),
    };
    finish(results, &output)
}

/// What became of one document: bytes and remarks, or the reason why not.
type Outcome = Result<convert::Converted, String>;

fn read_and(path: &Path, convert: fn(&Document) -> Result<convert::Converted, Problem>) -> Outcome {
    let document = Document::read(path)?;
    let converted = convert(&document).map_err(|problem| document.describe(&problem))?;
    for remark in &converted.remarks {
        eprintln!("syncml: {}", document.describe(remark));
    }
    Ok(converted)
}

/// Writes what could be converted, and reports what could not.
fn finish(results: Vec<Outcome>, output: &Output) -> ExitCode {
    let mut bytes = Vec::new();
    let mut failed = false;
    for result in results {
        match result {
            Ok(converted) => bytes.extend(converted.bytes),
            Err(error) => {
                eprintln!("syncml: {error}");
                failed = true;
            }
        }
    }
    if !bytes.is_empty()
        && let Err(error) = output.write(&bytes)
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("syncml: {}: {error}", output.name());
        failed = true;
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
