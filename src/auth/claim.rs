//! The claim window: while nobody owns the appliance, who may become its owner. Pure.

use std::time::Duration;

/// When an unclaimed appliance lets itself be claimed.
///
/// Whoever reaches an unclaimed appliance first owns it. Ten minutes after power-on bounds that
/// to people who can pull its plug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimWindow {
    /// Always: the simulator.
    Always,
    /// Only so long after power-on.
    AfterPowerOn(Duration),
}

impl ClaimWindow {
    /// What a real appliance uses.
    pub const DEVICE: ClaimWindow = ClaimWindow::AfterPowerOn(Duration::from_secs(600));

    /// Whether a claim is taken at `uptime`, counted from power-on on the monotonic clock.
    #[must_use]
    pub fn is_open(self, uptime: Duration) -> bool {
        match self {
            ClaimWindow::Always => true,
            ClaimWindow::AfterPowerOn(limit) => uptime < limit,
        }
    }
}

/// Whether the appliance has an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// An account exists.
    Done,
    /// No account, and a claim is taken now.
    Open,
    /// No account; a claim is taken again after the next power-on.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_closes_its_window_ten_minutes_after_power_on() {
        assert!(ClaimWindow::DEVICE.is_open(Duration::from_secs(599)));
        assert!(!ClaimWindow::DEVICE.is_open(Duration::from_secs(600)));
        assert!(!ClaimWindow::DEVICE.is_open(Duration::from_secs(86_400)));
    }

    #[test]
    fn the_simulator_never_closes_its_window() {
        assert!(ClaimWindow::Always.is_open(Duration::from_secs(86_400 * 365)));
    }
}
