//! Forgetting everything: accounts, keys, settings. `app` says how, `web` asks for it, for an admin who has proven the
//! password. Who does it restarts the appliance, and answers nothing.

use std::io;
use std::sync::Arc;

/// Cheap handle.
#[derive(Clone)]
pub struct FactoryReset(Option<Arc<Begin>>);

type Begin = dyn Fn() -> io::Result<()> + Send + Sync;

/// Why nothing is forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    #[error(
        "the data belongs to the system that Farseat runs on: end Farseat and empty its data folder there"
    )]
    Elsewhere,
    #[error("begin the factory reset")]
    Begin(#[from] io::Error),
}

impl FactoryReset {
    /// By this, which returns at once.
    pub fn by(begin: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> FactoryReset {
        FactoryReset(Some(Arc::new(begin)))
    }

    /// Nobody here can.
    #[must_use]
    pub fn unavailable() -> FactoryReset {
        FactoryReset(None)
    }

    /// Calls `before` when it is possible, then begins.
    ///
    /// # Errors
    /// It is not possible here, or could not be begun.
    pub fn begin(&self, before: impl FnOnce()) -> Result<(), ResetError> {
        let begin = self.0.as_ref().ok_or(ResetError::Elsewhere)?;
        before();
        Ok(begin()?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn what_is_to_be_done_before_is_done_before() {
        let course = Arc::new(Mutex::new(Vec::new()));
        let noted = |what: &'static str| {
            let course = course.clone();
            move || course.lock().expect("course").push(what)
        };
        let forget = noted("forgotten");
        let reset = FactoryReset::by(move || {
            forget();
            Ok(())
        });
        reset.begin(noted("recorded")).expect("begun");
        assert_eq!(*course.lock().expect("course"), ["recorded", "forgotten"]);
    }

    #[test]
    fn where_nobody_can_nothing_is_done_before_either() {
        let refused = FactoryReset::unavailable().begin(|| panic!("recorded"));
        assert!(matches!(refused, Err(ResetError::Elsewhere)));
    }
}
