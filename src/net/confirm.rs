//! What is confirmed or reverted: a change that loses the browser is undone by itself ([`OnTrial`]). Pure.

use std::time::Duration;

use crate::settings::{NetworkSettings, OnTrial, Settings, TimeSettings};

/// How long a browser has to find its way back.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Whether something is on trial.
pub(super) type Confirm = OnTrial<Wish>;

/// Everything that is changed together: how the appliance is called, reached, and told the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub name: String,
    pub network: NetworkSettings,
    pub time: TimeSettings,
}

impl Wish {
    #[must_use]
    pub fn of(settings: &Settings) -> Wish {
        Wish {
            name: settings.device.name.clone(),
            network: settings.network.clone(),
            time: settings.time.clone(),
        }
    }

    /// Edits the settings; does not write to disk.
    pub fn put_into(self, settings: &mut Settings) {
        settings.device.name = self.name;
        settings.network = self.network;
        settings.time = self.time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_what_it_was_made_of() {
        let mut settings = Settings::default();
        let mut other = Wish::of(&settings);
        other.name = "attic".to_owned();
        other.network.ipv6 = false;
        other.clone().put_into(&mut settings);
        assert_eq!(Wish::of(&settings), other);
    }
}
