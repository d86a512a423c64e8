//! What is measured, line by line, and what each line must reach. Pure: `run` does it.

use std::time::Duration;

use crate::frames::Show;
use crate::report::{Goal, Line};
use crate::server::Side;

/// One arrangement of server, device and viewers, from which one or more lines are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) part: Part,
    pub(crate) show: Show,
    pub(crate) viewers: Viewers,
    /// Counted seconds of a full round.
    pub(crate) seconds: u64,
    pub(crate) lines: &'static [(Line, Figure)],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// MJPEG passed through.
    Stream,
    /// Control socket to HID write.
    Input,
    /// Raw pictures encoded.
    Encode,
}

/// Who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewers {
    /// So many clients of the multipart stream.
    Many(usize),
    /// One client of the multipart stream behind a link of so many bytes a second.
    Slow(u32),
    /// So many pages; the peer, which has no such socket, gets clients of its multipart stream.
    Pages(usize),
    /// Nobody until the server starts; then one, until the first frame.
    First,
    /// Not a viewer: an operator who types.
    Typist,
}

/// Which number of a round goes into a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    P50,
    P99,
    Cpu,
    Resident,
    MegabytesPerSecond,
    FirstFrame,
    Lost,
}

/// All numbers of one round; what was not measured is absent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    pub(crate) cpu_percent: Option<f64>,
    pub(crate) resident_megabytes: Option<f64>,
    pub(crate) megabytes_per_second: Option<f64>,
    pub(crate) first_frame_ms: Option<f64>,
    pub(crate) lost: Option<f64>,
    /// Frames a second that the average viewer got. In no line, but a server that skips frames would look cheap.
    pub(crate) fps: Option<f64>,
}

impl Figure {
    pub(crate) fn of(self, measured: &Measured) -> Option<f64> {
        match self {
            Figure::P50 => measured.p50_ms,
            Figure::P99 => measured.p99_ms,
            Figure::Cpu => measured.cpu_percent,
            Figure::Resident => measured.resident_megabytes,
            Figure::MegabytesPerSecond => measured.megabytes_per_second,
            Figure::FirstFrame => measured.first_frame_ms,
            Figure::Lost => measured.lost,
        }
    }
}

impl Scenario {
    /// Who takes part: the peer has no input path, and no TLS.
    pub(crate) fn sides(&self) -> &'static [Side] {
        if self.viewers == Viewers::Typist {
            &[Side::Ours, Side::OursTls]
        } else {
            &[Side::Ours, Side::OursTls, Side::Peer]
        }
    }

    pub(crate) fn measured_time(&self, quick: bool) -> Duration {
        Duration::from_secs(if quick { 1 } else { self.seconds })
    }
}

const fn line(name: &'static str, unit: &'static str, goal: Goal, aim: Option<f64>) -> Line {
    Line {
        name,
        unit,
        goal,
        aim,
    }
}

/// Every scenario, in the order of the table.
pub(crate) const ALL: [Scenario; 8] = [
    Scenario {
        part: Part::Stream,
        show: Show::Jpeg,
        viewers: Viewers::Many(1),
        seconds: 4,
        lines: &[
            (
                line(
                    "pass-through, 1 viewer: ready → last byte, p50",
                    "ms",
                    Goal::Ratio(0.05),
                    Some(0.35),
                ),
                Figure::P50,
            ),
            (
                line(
                    "memory of the server, 1 viewer",
                    "MB",
                    Goal::AtMost(20.0),
                    None,
                ),
                Figure::Resident,
            ),
        ],
    },
    Scenario {
        part: Part::Stream,
        show: Show::Jpeg,
        viewers: Viewers::Many(100),
        seconds: 4,
        lines: &[
            (
                line(
                    "pass-through, 100 viewers: ready → last byte, p50",
                    "ms",
                    Goal::Ratio(0.25),
                    None,
                ),
                Figure::P50,
            ),
            (
                line(
                    "pass-through, 100 viewers: CPU of one core",
                    "%",
                    Goal::Ratio(0.55),
                    None,
                ),
                Figure::Cpu,
            ),
        ],
    },
    Scenario {
        part: Part::Stream,
        show: Show::Jpeg,
        viewers: Viewers::Slow(1_000_000),
        seconds: 6,
        lines: &[(
            line(
                "frame age on a link of 1 MB/s, p50",
                "ms",
                Goal::AtMost(400.0),
                None,
            ),
            Figure::P50,
        )],
    },
    Scenario {
        part: Part::Encode,
        show: Show::Raw,
        viewers: Viewers::Many(1),
        seconds: 4,
        lines: &[(
            line(
                "raw YUYV, everything changing: ready → last byte, p50",
                "ms",
                Goal::Ratio(0.6),
                Some(12.0),
            ),
            Figure::P50,
        )],
    },
    Scenario {
        part: Part::Encode,
        show: Show::RawScrolling,
        viewers: Viewers::Many(1),
        seconds: 4,
        lines: &[(
            line(
                "raw YUYV, 5 % changing: ready → last byte, p50",
                "ms",
                Goal::Ratio(0.15),
                Some(2.0),
            ),
            Figure::P50,
        )],
    },
    Scenario {
        part: Part::Stream,
        show: Show::StillJpeg,
        viewers: Viewers::Pages(10),
        seconds: 4,
        lines: &[(
            line("still picture, 10 viewers", "MB/s", Goal::AtMost(0.2), None),
            Figure::MegabytesPerSecond,
        )],
    },
    Scenario {
        part: Part::Input,
        show: Show::StillJpeg,
        viewers: Viewers::Typist,
        seconds: 4,
        lines: &[
            (
                line(
                    "control socket → HID write, 1000 events/s, p99",
                    "ms",
                    Goal::AtMost(1.2),
                    None,
                ),
                Figure::P99,
            ),
            (
                line("events lost", "", Goal::AtMost(0.0), None),
                Figure::Lost,
            ),
        ],
    },
    Scenario {
        part: Part::Stream,
        show: Show::Jpeg,
        viewers: Viewers::First,
        seconds: 4,
        lines: &[(
            line("start → first frame", "ms", Goal::AtMost(45.0), None),
            Figure::FirstFrame,
        )],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lines_have_the_same_name() {
        let mut names: Vec<_> = ALL
            .iter()
            .flat_map(|s| s.lines)
            .map(|(line, _)| line.name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), count), (11, 11));
    }

    #[test]
    fn every_line_with_a_ratio_has_a_peer_to_compare_with() {
        for scenario in ALL {
            let compares = scenario
                .lines
                .iter()
                .any(|(line, _)| matches!(line.goal, Goal::Ratio(_)));
            assert!(!compares || scenario.sides().contains(&Side::Peer));
        }
    }

    #[test]
    fn a_figure_that_was_not_measured_is_absent() {
        let measured = Measured {
            p99_ms: Some(1.0),
            ..Measured::default()
        };
        assert_eq!(
            (Figure::P99.of(&measured), Figure::Cpu.of(&measured)),
            (Some(1.0), None)
        );
    }
}
