//! How long a critical alarm takes from the device's alert to a subscriber, while the server is under load.
//!
//! One process: the server, the devices of `drem load`, one subscriber of `/events`, and one more device that raises an alarm
//! again and again. Exit status 1 when one took longer than a second, or was not told.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use nrem::{Config, serve};
use omadm_proto::alert::types;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::message::Format;
use omadm_tree::Tree;
use omadm_tree::mo::diag_mon::{DiagTime, FaultState, FmReport};
use omadm_tree::mo::{DevDetail, DevInfo};
use serde_json::{Value, json};
use xrem_client::outbox::Mark;
use xrem_client::{Account, Client, GenericAlert, Output, Trigger};

const DEVICE: &str = "urn:alarm:1";
/// The bar.
const MOST: Duration = Duration::from_secs(1);
/// Between two alarms.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, Parser)]
struct Options {
    /// Sessions that other devices begin in a second.
    #[arg(long, default_value_t = 500)]
    sessions_per_second: u32,
    /// How long.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

/// The options of `drem load`.
#[derive(Parser)]
struct Load {
    #[command(flatten)]
    args: drem::load::Args,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let server = serve(Config::new("127.0.0.1:0".parse()?, folder.path()))?;
    let url = format!("http://{}", server.address());
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    register(&agent, &url)?;

    let (tell, told) = channel();
    let stream = agent.get(format!("{url}/api/v1/events?kinds=fault&min_severity=critical")).call()?;
    std::thread::spawn(move || listen(stream, &tell));

    let stop = Arc::<AtomicBool>::default();
    let over = Arc::clone(&stop);
    let (rate, seconds) = (options.sessions_per_second.to_string(), (options.seconds + 2).to_string());
    let target = url.clone();
    let load = std::thread::spawn(move || {
        let arguments = ["load", "--server", &target, "--devices", "2000", "--wbxml"];
        let rest = ["--sessions-per-second", &rate, "--seconds", &seconds];
        drem::load::run(Load::parse_from(arguments.into_iter().chain(rest)).args, over)
    });

    let raised = raise(&agent, &url, Duration::from_secs(options.seconds), &load)?;
    std::thread::sleep(MOST);
    let heard: BTreeMap<u64, Instant> = told.try_iter().collect();
    stop.store(true, Ordering::Relaxed);
    let outcome = load.join().map_err(|_| "the load failed")?.map_err(|error| error.to_string())?;
    println!("{outcome}");
    let mut spans: Vec<Duration> = Vec::new();
    for (seq, at) in &raised {
        spans.push(heard.get(seq).map_or(Duration::MAX, |heard| heard.duration_since(*at)));
    }
    spans.sort();
    let quantile = |hundredths: usize| spans.get((spans.len().saturating_sub(1)) * hundredths / 100).copied();
    println!(
        "{} alarms from the device's alert to the subscriber: p50 {:?}, p99 {:?}, longest {:?}",
        spans.len(),
        quantile(50).unwrap_or_default(),
        quantile(99).unwrap_or_default(),
        quantile(100).unwrap_or_default()
    );
    server.stop();
    let good = !spans.is_empty() && spans.iter().all(|span| *span < MOST);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn register(agent: &ureq::Agent, url: &str) -> Result<(), ureq::Error> {
    let device = json!({"id": DEVICE, "client": {"name": "alarm", "secret": "client"},
        "server": {"id": "nrem.example", "secret": "server"}});
    agent.post(format!("{url}/api/v1/devices")).send_json(device).map(drop)
}

/// Notes when which alarm was told.
fn listen(stream: ureq::http::Response<ureq::Body>, tell: &Sender<(u64, Instant)>) {
    for line in BufReader::new(stream.into_body().into_reader()).lines() {
        let Ok(line) = line else { return };
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let data: Value = serde_json::from_str(data).unwrap_or_default();
        if let Some(seq) = data["fault"]["seq"].as_u64() {
            let _ = tell.send((seq, Instant::now()));
        }
    }
}

/// Raises alarms for `span` from the moment the load has begun; gives when which was raised.
fn raise<T>(
    agent: &ureq::Agent,
    url: &str,
    span: Duration,
    load: &std::thread::JoinHandle<T>,
) -> Result<BTreeMap<u64, Instant>, Box<dyn Error>> {
    let mut tree = Tree::builder()
        .mo(DevInfo::new(DEVICE).man("Acme").model("M1").lang("en"))
        .mo(DevDetail::new().fw("1.0"))
        .managed_by("nrem.example")
        .build()?;
    let account = Account::new("nrem.example", format!("{url}/dm")).client("alarm", "client").server("server");
    let mut client = Client::new([account.syntax(Syntax::Wbxml)], Seed::new([9; 32]));
    // The load registers its devices first.
    std::thread::sleep(Duration::from_secs(2));
    let mut raised = BTreeMap::new();
    let end = Instant::now() + span;
    for seq in 1.. {
        if Instant::now() > end || load.is_finished() {
            break;
        }
        let state = if seq % 2 == 1 { FaultState::Raised } else { FaultState::Cleared };
        let time = DiagTime::from_unix_millis(now().as_millis());
        let alert = GenericAlert::new(types::TRAP_NOTIFICATION, FmReport::new("hot", seq, time, state).to_xml());
        raised.insert(seq, Instant::now());
        client.queue_alert(alert.source("./DiagMon/Traps/hot").format(Format::Xml).mark(Mark::Critical));
        session(agent, &mut client, &mut tree)?;
        std::thread::sleep(PAUSE);
    }
    Ok(raised)
}

/// One session, from its start to its end.
fn session(agent: &ureq::Agent, client: &mut Client, tree: &mut Tree) -> Result<(), Box<dyn Error>> {
    client.start_session(now(), tree, "nrem.example", Trigger::Client)?;
    while let Some(output) = client.poll_output() {
        let Output::Transmit(transmit) = output else { continue };
        let request = agent.post(&transmit.destination).header("content-type", transmit.syntax.media_type());
        let mut answer = request.send(&transmit.body[..])?;
        let body = answer.body_mut().read_to_vec()?;
        client.handle_message(now(), tree, transmit.exchange, Inbound::new(transmit.syntax, &body));
    }
    Ok(())
}

fn now() -> omadm_proto::time::Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    omadm_proto::time::Instant::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
