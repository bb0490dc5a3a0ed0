//! The main job in one command: an NREM, gateways and devices on this machine; inventory, configuration, firmware upgrade.

mod api;
mod args;
mod config;
mod failure;
mod image;
mod interrupt;
mod link;
mod progress;
mod site;
mod steps;
mod summary;
mod task;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;

use crate::api::Api;
use crate::args::Args;
use crate::failure::{Failure, Result};
use crate::image::Image;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::site::Site;
use crate::steps::Steps;
use crate::summary::{Summary, size};
use crate::verdict::Verdict;

fn main() -> ExitCode {
    let args = Args::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "off".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("fleet: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Runs everything; whether every device is in the state it should be.
fn run(args: &Args) -> Result<bool> {
    if args.bad_image > args.devices {
        return Err(Failure::new(format!("--bad-image {} is more than --devices {}", args.bad_image, args.devices)));
    }
    let settings = config::load(args.config.as_deref())?;
    let interrupt = Interrupt::install()?;
    let folder = Folder::choose(args.state.as_deref())?;
    let image = Image::choose(args.image.as_deref(), folder.path())?;
    let factory = Image::generate(&folder.path().join("factory.img"), "xrem fleet factory image", 64 << 10)?;
    let progress = Progress::default();

    let mut site = Site::plan(args, folder.path())?;
    let api = Api::new(site.nrem_url());
    let steps = Steps { api: &api, progress: &progress, interrupt: &interrupt, timeout: args.step_timeout() };
    steps.register(site.gateways(), site.devices())?;
    progress.say(format!("{}, {} registered", count(args.gateways, "gateway"), count(args.devices, "device")));
    site.start(args, folder.path(), &factory)?;
    let (gateways, devices) = (site.gateways(), site.devices());
    steps.await_attached(devices)?;
    progress.say(format!("all nodes run and know each other; the NREM is at {}", site.nrem_url()));
    let answered = steps.inventory(devices.len())?;
    progress.say(format!("inventory read: {answered} of {}", devices.len()));
    steps.configure(devices.len(), &settings)?;
    progress.say(format!("configuration applied: {} settings on {} devices", settings.len(), devices.len()));
    progress.say(format!("image {}: fetched once per gateway", size(image.size)));
    let outcomes = steps.upgrade(gateways, &image.path, &args.image_version)?;
    let found = steps.read_back(devices.len(), &settings)?;
    progress.say(format!("read back: {} of {}", found.firmware.len(), devices.len()));

    let verdict = Verdict::reach(&site, args, &image, &factory, &outcomes, &found)?;
    let lines = verdict.lines(&site, &steps)?;
    println!("{}", Summary(lines));
    for complaint in verdict.complaints() {
        eprintln!("fleet: {complaint}");
    }
    site.stop()?;
    Ok(verdict.complaints().is_empty())
}

/// `1 gateway`, `2 gateways`.
fn count(number: u16, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Where the nodes keep their state.
enum Folder {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn choose(kept: Option<&Path>) -> Result<Self> {
        let cannot = |error| Failure::new(format!("cannot create the state folder: {error}"));
        match kept {
            Some(path) => {
                std::fs::create_dir_all(path).map_err(cannot)?;
                let mut entries = std::fs::read_dir(path).map_err(cannot)?;
                if entries.next().is_some() {
                    return Err(Failure::new(format!(
                        "{} is not empty: name a new folder for --state",
                        path.display()
                    )));
                }
                Ok(Self::Kept(path.to_owned()))
            }
            None => tempfile::tempdir().map(Self::Temporary).map_err(cannot),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Kept(path) => path,
        }
    }
}
