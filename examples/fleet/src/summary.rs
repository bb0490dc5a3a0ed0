//! The last table: what happened behind each gateway and what it cost.

use std::fmt;

/// One gateway's line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GatewayLine {
    pub(crate) name: String,
    pub(crate) updated: usize,
    /// How many refused, and with which FUMO result codes.
    pub(crate) refused: Vec<i64>,
    pub(crate) failed: usize,
    pub(crate) sessions: u64,
    pub(crate) messages: u64,
    pub(crate) wan_bytes: u64,
    /// Those of them that were images.
    pub(crate) wan_image_bytes: u64,
    pub(crate) lan_bytes: u64,
    /// What the WAN would have carried without a gateway: the same bytes that the devices took from it, one by one.
    pub(crate) one_by_one: u64,
}

impl GatewayLine {
    fn saved(&self) -> f64 {
        ratio(self.one_by_one, self.wan_bytes)
    }
}

/// The whole table.
#[derive(Debug)]
pub(crate) struct Summary(pub(crate) Vec<GatewayLine>);

impl Summary {
    fn total(&self) -> GatewayLine {
        let mut total = GatewayLine { name: "all".to_owned(), ..GatewayLine::default() };
        for line in &self.0 {
            total.updated += line.updated;
            total.refused.extend(&line.refused);
            total.failed += line.failed;
            total.sessions += line.sessions;
            total.messages += line.messages;
            total.wan_bytes += line.wan_bytes;
            total.wan_image_bytes += line.wan_image_bytes;
            total.lan_bytes += line.lan_bytes;
            total.one_by_one += line.one_by_one;
        }
        total
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<10} {:>8} {:>14} {:>7} {:>9} {:>9} {:>11} {:>11} {:>11} {:>7}",
            "gateway", "updated", "refused", "failed", "sessions", "messages", "WAN", "WAN images", "LAN", "saved"
        )?;
        let total = (self.0.len() > 1).then(|| self.total());
        for line in self.0.iter().chain(&total) {
            writeln!(
                f,
                "{:<10} {:>8} {:>14} {:>7} {:>9} {:>9} {:>11} {:>11} {:>11} {:>6.1}x",
                line.name,
                line.updated,
                refusals(&line.refused),
                line.failed,
                line.sessions,
                line.messages,
                size(line.wan_bytes),
                size(line.wan_image_bytes),
                size(line.lan_bytes),
                line.saved()
            )?;
        }
        f.write_str(
            "sessions and messages are DM ones between NREM and gateway; WAN and LAN count every byte of their connections; saved compares \
             the WAN with sending each device its bytes one by one",
        )
    }
}

/// `3 (402)`: how many, and the FUMO result codes.
fn refusals(codes: &[i64]) -> String {
    let mut distinct: Vec<i64> = codes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let names: Vec<String> = distinct.iter().map(i64::to_string).collect();
    if names.is_empty() { "0".to_owned() } else { format!("{} ({})", codes.len(), names.join(", ")) }
}

/// A byte count for people.
pub(crate) fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..0x10_0000 => format!("{:.1} KiB", ratio(bytes, KIB)),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", ratio(bytes, 1 << 20)),
        _ => format!("{:.1} GiB", ratio(bytes, 1 << 30)),
    }
}

fn ratio(bytes: u64, unit: u64) -> f64 {
    // Precision beyond 2^52 bytes is of no interest in a table.
    bytes as f64 / unit.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_adds_up_and_names_the_codes() {
        let line = |name: &str, refused: Vec<i64>| GatewayLine {
            name: name.to_owned(),
            updated: 23,
            refused,
            failed: 0,
            sessions: 4,
            messages: 20,
            wan_bytes: 4 << 20,
            wan_image_bytes: 3 << 20,
            lan_bytes: 100 << 20,
            one_by_one: 100 << 20,
        };
        let table = Summary(vec![line("gw-1", vec![402, 402]), line("gw-2", vec![])]).to_string();
        let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(
            rows[1],
            ["gw-1", "23", "2", "(402)", "0", "4", "20", "4.0", "MiB", "3.0", "MiB", "100.0", "MiB", "25.0x"]
        );
        assert_eq!(
            rows[3],
            ["all", "46", "2", "(402)", "0", "8", "40", "8.0", "MiB", "6.0", "MiB", "200.0", "MiB", "25.0x"]
        );
    }
}
