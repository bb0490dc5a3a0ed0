//! The Condition of a trap: `metric op number`, or `event` \[mo 9.4\].
//!
//! Blanks around the operator are optional. Unspecified which function a metric belongs to; chosen: `free` is the metric of
//! any function, `memory/free` that of the function `memory` alone. What Hysteresis means for `!=` is unspecified; chosen:
//! nothing.

use alloc::string::{String, ToString as _};

use omadm_tree::mo::diag_mon::{Decimal, NAME_BYTES};

/// When a trap raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// The device itself says so.
    Event,
    /// A metric compares so.
    Metric(Comparison),
}

/// `metric op number`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) metric: String,
    operator: Operator,
    limit: Decimal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Unequal,
}

/// The two-character ones first: they begin with one of the others.
const OPERATORS: [(&str, Operator); 6] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("!=", Operator::Unequal),
    (">", Operator::Above),
    ("<", Operator::Below),
    ("=", Operator::Equal),
];

impl Condition {
    /// The condition in `text`; `None` when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        if text == "event" {
            return Some(Self::Event);
        }
        let (metric, rest) = text.split_at_checked(text.find(['>', '<', '=', '!'])?)?;
        let metric = metric.trim_ascii_end();
        let is_name = !metric.is_empty() && metric.len() <= NAME_BYTES;
        if !is_name || metric.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return None;
        }
        let (limit, operator) =
            OPERATORS.iter().find_map(|(sign, operator)| Some((rest.strip_prefix(sign)?, *operator)))?;
        let limit = limit.trim_ascii_start().parse().ok()?;
        Some(Self::Metric(Comparison { metric: metric.to_string(), operator, limit }))
    }
}

impl Comparison {
    /// Whether it is about `metric` of `function`.
    pub(super) fn is_about(&self, function: &str, metric: &str) -> bool {
        self.metric == metric
            || self.metric.strip_suffix(metric).and_then(|rest| rest.strip_suffix('/')).is_some_and(|at| at == function)
    }

    /// Whether `value` raises.
    pub(super) fn holds(&self, value: Decimal) -> bool {
        let limit = self.limit;
        match self.operator {
            Operator::Above => value > limit,
            Operator::AtLeast => value >= limit,
            Operator::Below => value < limit,
            Operator::AtMost => value <= limit,
            Operator::Equal => value == limit,
            Operator::Unequal => value != limit,
        }
    }

    /// Whether `value` keeps it raised: it has not come back over the threshold by `hysteresis`.
    pub(super) fn persists(&self, value: Decimal, hysteresis: Decimal) -> bool {
        match self.operator {
            Operator::Above | Operator::AtLeast => self.holds(value.minus(hysteresis.negated())),
            Operator::Below | Operator::AtMost => self.holds(value.minus(hysteresis)),
            Operator::Equal => {
                let distance = value.minus(self.limit);
                distance.max(distance.negated()) <= hysteresis
            }
            Operator::Unequal => self.holds(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(text: &str) -> Comparison {
        match Condition::parse(text) {
            Some(Condition::Metric(comparison)) => comparison,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn value(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn conditions_are_a_metric_an_operator_and_a_number_or_the_word_event() {
        assert_eq!(Condition::parse("event"), Some(Condition::Event));
        assert_eq!(Condition::parse(" temperature  >= -1.5 "), Condition::parse("temperature>=-1.5"));
        for text in [
            "",
            "events",
            "> 3",
            "t >",
            "t 3",
            "t == 3",
            "t => 3",
            "t > 3 4",
            "t > x",
            "t > 1e3",
            "a b > 3",
            "t <> 3",
            "t ! 3",
            "t\u{7}x > 3",
            "temperature",
        ] {
            assert_eq!(Condition::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_condition_holds_beyond_its_number() {
        let cases = [
            ("t > 3", [false, false, true]),
            ("t >= 3", [false, true, true]),
            ("t < 3", [true, false, false]),
            ("t <= 3", [true, true, false]),
            ("t = 3", [false, true, false]),
            ("t != 3", [true, false, true]),
        ];
        for (text, expected) in cases {
            assert_eq!(["2.9", "3", "3.1"].map(|number| comparison(text).holds(value(number))), expected, "{text}");
        }
    }

    #[test]
    fn it_is_over_when_the_value_came_back_by_the_hysteresis() {
        let cases = [
            ("t > 80", "5", ["80.1", "76", "75.1"], ["75", "74", "-3"]),
            ("t >= 80", "5", ["80", "76", "75"], ["74.9", "70", "0"]),
            ("t < 10", "2", ["9", "10", "11.9"], ["12", "13", "99"]),
            ("t <= 10", "2", ["10", "11", "12"], ["12.1", "13", "99"]),
            ("t = 4", "1", ["4", "3", "5"], ["2.9", "5.1", "0"]),
            ("t > 80", "0", ["80.1", "81", "99"], ["80", "79.9", "0"]),
            ("t != 4", "9", ["3", "5", "99"], ["4", "4.0", "+4"]),
        ];
        for (text, hysteresis, inside, outside) in cases {
            let persists = |number: &str| comparison(text).persists(value(number), value(hysteresis));
            assert_eq!((inside.map(persists), outside.map(persists)), ([true; 3], [false; 3]), "{text}");
        }
    }

    #[test]
    fn a_metric_is_that_of_any_function_unless_its_function_is_named() {
        let about = |text: &str, function: &str| comparison(text).is_about(function, "free");
        assert!(about("free < 3", "memory") && about("free < 3", "disk"));
        assert!(about("memory/free < 3", "memory") && !about("memory/free < 3", "disk"));
        assert!(!about("memoryfree < 3", "memory") && !about("fre < 3", "memory"));
    }
}
