//! `nrem pm`: what nodes measure.

use std::process::ExitCode;

use clap::Subcommand;
use comfy_table::Table;
use nrem::remote::{Remote, RemoteError, escape};
use serde_json::{Value, json};

use super::Outcome;
use super::connect::Console;
use super::output::{print, table, text};
use super::task::{Target, follow};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what a node measures, and what is missing.
    Series {
        /// NodeId.
        node: String,
    },
    /// Show samples.
    Samples(Samples),
    /// Show least, greatest and mean of intervals.
    Summary {
        #[command(flatten)]
        wanted: Wanted,
        /// Seconds of an interval.
        #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
        every: u32,
    },
    /// Let nodes collect.
    Activate(Activate),
    /// Let nodes stop collecting.
    Deactivate {
        #[command(flatten)]
        target: Target,
        /// The function's place in the tree, such as ./DiagMon/memory.
        #[arg(long, value_name = "URI")]
        function: String,
        /// Wait until all of them have answered; exit status 0 only if all is good.
        #[arg(long)]
        wait: bool,
    },
    /// Be told of a hourly summary, a crossing, or a change.
    Subscribe(Box<Subscribe>),
    /// Show the subscriptions.
    Subscriptions,
    /// Show the news of a subscription.
    News {
        /// Number of the subscription.
        id: u64,
        /// Those behind this one.
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        after: u64,
        /// Print a line for each, also for those that come, until Ctrl-C.
        #[arg(long)]
        follow: bool,
    },
    /// End a subscription.
    Unsubscribe {
        /// Number of the subscription.
        id: u64,
    },
}

#[derive(Debug, clap::Args)]
struct Wanted {
    /// NodeIds, separated by commas.
    node: String,
    /// Of this performance function only.
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Of this metric only.
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// From this moment on, such as 20261122T101500Z.
    #[arg(long, value_name = "MOMENT")]
    from: Option<String>,
    /// Before this moment.
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Samples {
    #[command(flatten)]
    wanted: Wanted,
    /// At most so many.
    #[arg(long, default_value_t = 1000, value_name = "NUMBER")]
    limit: usize,
    /// The `next` of the page before.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Activate {
    #[command(flatten)]
    target: Target,
    /// The function's place in the tree, such as ./DiagMon/memory.
    #[arg(long, value_name = "URI")]
    function: String,
    /// Seconds between samples.
    #[arg(long, value_name = "SECONDS")]
    period: u32,
    /// Seconds between uploads; 0: none by itself [default: as the device has it].
    #[arg(long, value_name = "SECONDS")]
    upload: Option<u32>,
    /// Samples that a device holds [default: as the device has it].
    #[arg(long, value_name = "NUMBER")]
    keep: Option<u32>,
    /// Wait until all of them have answered; exit status 0 only if all is good.
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, clap::Args)]
struct Subscribe {
    #[command(flatten)]
    target: Target,
    /// Of this performance function only.
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Of this metric only.
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    #[command(flatten)]
    policy: Policy,
    /// Seconds from the end of an interval to its summary, so that what nodes upload at the end is in it [default: 300].
    #[arg(long, requires = "every", value_name = "SECONDS")]
    delay: Option<u32>,
}

/// Exactly one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Policy {
    /// A summary every so many seconds.
    #[arg(long, value_name = "SECONDS")]
    every: Option<u32>,
    /// A value rises above this.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    above: Option<f64>,
    /// A value rises above this, or falls back.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    across: Option<f64>,
    /// A value changes by at least this.
    #[arg(long, value_name = "NUMBER")]
    change: Option<f64>,
}

impl Wanted {
    fn query(&self) -> String {
        let optional =
            [("function", &self.function), ("metric", &self.metric), ("from", &self.from), ("until", &self.until)];
        let given = optional.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let given = given.map(|(name, value)| format!("&{name}={}", escape(value)));
        format!("node={}{}", escape(&self.node), given.collect::<String>())
    }
}

impl Policy {
    fn json(&self, delay: Option<u32>) -> Value {
        match self {
            Self { every: Some(every), .. } => json!({"summary": {"every": every, "delay": delay}}),
            Self { above: Some(limit), .. } => json!({"threshold": {"limit": limit, "direction": "rising"}}),
            Self { across: Some(limit), .. } => json!({"threshold": {"limit": limit, "direction": "both"}}),
            Self { change, .. } => json!({"change": {"by": change}}),
        }
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let (remote, console) = (args.console.remote(), &args.console);
    match &args.what {
        What::Series { node } => console.show(&remote.get(&format!("/pm/nodes/{}", escape(node)))?, series),
        What::Samples(it) => {
            let after = it.after.as_ref().map(|after| format!("&after={}", escape(after))).unwrap_or_default();
            let path = format!("/pm/samples?{}&limit={}{after}", it.wanted.query(), it.limit);
            console.show(&remote.get(&path)?, samples);
        }
        What::Summary { wanted, every } => {
            console.show(&remote.get(&format!("/pm/summary?{}&every={every}", wanted.query()))?, summary);
        }
        What::Activate(it) => {
            let mut request = json!({"target": it.target.json(), "function": it.function, "period": it.period});
            request["upload"] = json!(it.upload);
            request["keep"] = json!(it.keep);
            let submitted = remote.post("/pm/activate", &request)?;
            if it.wait {
                return follow(&remote, &submitted["id"], console);
            }
            console.show(&submitted, super::tasks::line);
        }
        What::Deactivate { target, function, wait } => {
            let submitted = remote.post("/pm/deactivate", &json!({"target": target.json(), "function": function}))?;
            if *wait {
                return follow(&remote, &submitted["id"], console);
            }
            console.show(&submitted, super::tasks::line);
        }
        What::Subscribe(it) => {
            let mut request = json!({"target": it.target.json(), "policy": it.policy.json(it.delay)});
            request["function"] = json!(it.function);
            request["metric"] = json!(it.metric);
            let made = remote.post("/pm/subscriptions", &request)?;
            console.show(&json!({"subscriptions": [made]}), subscriptions);
        }
        What::Subscriptions => console.show(&remote.get("/pm/subscriptions")?, subscriptions),
        What::News { id, after, follow: true } => listen(&remote, *id, *after)?,
        What::News { id, after, .. } => {
            console.show(&remote.get(&format!("/pm/subscriptions/{id}/notices?after={after}"))?, news);
        }
        What::Unsubscribe { id } => drop(remote.delete(&format!("/pm/subscriptions/{id}"))?),
    }
    Ok(ExitCode::SUCCESS)
}

fn entries<'v>(answer: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    answer[name].as_array().into_iter().flatten()
}

fn series(answer: &Value) -> Table {
    let mut table = table(["function", "metric", "unit", "samples", "first", "last", "value"]);
    for it in entries(answer, "series") {
        let last = &it["last"];
        let [function, metric, unit, count, first] =
            ["function", "metric", "unit", "count", "first"].map(|name| text(&it[name]));
        table.add_row([function, metric, unit, count, first, text(&last["t"]), text(&last["v"])]);
    }
    for it in entries(answer, "losses").filter(|it| it["lost"] != 0 || it["refused"] != 0) {
        let [function, lost, refused] = ["function", "lost", "refused"].map(|name| text(&it[name]));
        let missing = format!("{lost} dropped by the device, {refused} refused");
        table.add_row([
            function,
            "missing".into(),
            String::new(),
            missing,
            String::new(),
            String::new(),
            String::new(),
        ]);
    }
    table
}

fn samples(answer: &Value) -> Table {
    let mut table = table(["node", "function", "metric", "time", "value", "unit"]);
    for it in entries(answer, "series") {
        for sample in entries(it, "samples") {
            let [node, function, metric, unit] = ["node", "function", "metric", "unit"].map(|name| text(&it[name]));
            table.add_row([node, function, metric, text(&sample["t"]), text(&sample["v"]), unit]);
        }
    }
    if !answer["next"].is_null() {
        table.add_row(["…".into(), String::new(), String::new(), format!("--after {}", text(&answer["next"]))]);
    }
    table
}

fn summary(answer: &Value) -> Table {
    let mut table = table(["node", "function", "metric", "from", "samples", "min", "mean", "max", "unit"]);
    for it in entries(answer, "series") {
        for interval in entries(it, "intervals") {
            let [node, function, metric, unit] = ["node", "function", "metric", "unit"].map(|name| text(&it[name]));
            let [from, count, min, mean, max] =
                ["from", "count", "min", "mean", "max"].map(|name| text(&interval[name]));
            table.add_row([node, function, metric, from, count, min, mean, max, unit]);
        }
    }
    table
}

fn subscriptions(answer: &Value) -> Table {
    let mut table = table(["subscription", "requester", "target", "function", "metric", "policy", "news"]);
    for it in entries(answer, "subscriptions") {
        table.add_row(
            ["id", "requester", "target", "function", "metric", "policy", "notices"].map(|name| text(&it[name])),
        );
    }
    table
}

/// Prints the news of a subscription behind `after`, and whatever comes.
fn listen(remote: &Remote, id: u64, mut after: u64) -> Result<(), RemoteError> {
    let mut tell = || -> Result<(), RemoteError> {
        loop {
            let answer = remote.get(&format!("/pm/subscriptions/{id}/notices?after={after}"))?;
            let mut last = None;
            for notice in entries(&answer, "notices") {
                last = notice["number"].as_u64();
                rows(notice).iter().for_each(|row| print(&format!("{}\n", row.join("  "))));
            }
            let Some(number) = last else { return Ok(()) };
            after = number;
        }
    };
    // The first of these events says that the stream is open: nothing is missed in between.
    remote.follow("/events?kinds=performance&current=true", |event, _| {
        if event != "alarm"
            && let Err(why) = tell()
        {
            eprintln!("nrem: {why}");
        }
    })
}

fn news(answer: &Value) -> Table {
    let mut table = table(["news", "what", "node", "metric", "when", "value"]);
    table.add_rows(entries(answer, "notices").flat_map(rows));
    table
}

/// One notice for people.
fn rows(notice: &Value) -> Vec<[String; 6]> {
    let number = text(&notice["number"]);
    let summary = entries(&notice["summary"], "metrics").map(|metric| {
        let [min, mean, max] = ["min", "mean", "max"].map(|name| text(&metric[name]));
        let (nodes, when) = (format!("{} nodes", text(&metric["nodes"])), text(&notice["summary"]["from"]));
        let value = format!("{min} … {max}, mean {mean} of {}", text(&metric["count"]));
        [number.clone(), "summary".into(), nodes, text(&metric["metric"]), when, value]
    });
    let told = ["crossed", "changed"].into_iter().filter(|what| !notice[*what].is_null()).map(|what| {
        let told = &notice[what];
        let [node, metric] = ["node", "metric"].map(|name| text(&told[name]));
        let [when, value] = ["t", "v"].map(|name| text(&told["sample"][name]));
        [number.clone(), format!("{what} {}", text(&told["direction"])), node, metric, when, value]
    });
    summary.chain(told).collect()
}
