//! What a login costs: the same for who exists and who does not. `--nocapture` prints the times.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::tests::{Case, caller};
use super::*;

/// Fewer than slow a guesser down.
const ROUNDS: usize = 3;

/// How often argon2 runs for one refused login, and the median of the times.
async fn cost(auth: &Auth, name: &str, host: u8) -> (usize, Duration) {
    let here = Caller {
        address: IpAddr::from([192, 0, 2, host]),
        ..caller()
    };
    let before = auth.0.turns.runs.load(Ordering::Relaxed);
    let guess = Proof::password("wrong horse");
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let refused = auth.login(&here, name, &guess).await;
        assert_eq!(refused, Err(LoginError::Wrong));
        times.push(start.elapsed());
    }
    times.sort();
    let runs = auth.0.turns.runs.load(Ordering::Relaxed) - before;
    (runs, times[ROUNDS / 2])
}

#[tokio::test]
async fn an_unknown_user_costs_the_same_work_as_a_wrong_password() {
    let case = Case::new();
    let auth = case.open(ClaimWindow::Always);
    auth.claim(&caller(), "ann", "correct horse")
        .await
        .expect("claim");
    let stored = lock(&auth.0.accounts)
        .find("ann")
        .map(|account| account.password.clone());
    // Whoever exists is looked up with these; whoever does not, with a fresh hash, which has the same.
    let stored = stored.expect("ann");
    assert!(stored.starts_with(password::OWN), "{stored}");
    assert!(password::hash("x").is_ok_and(|fresh| fresh.starts_with(password::OWN)));

    let (wrong, wrong_time) = cost(&auth, "ann", 1).await;
    let (unknown, unknown_time) = cost(&auth, "nobody", 2).await;
    eprintln!(
        "login: refused after {wrong_time:.1?} for a wrong password, {unknown_time:.1?} for a user who does not exist: {} each, median of {ROUNDS}",
        password::OWN
    );
    assert_eq!((wrong, unknown), (ROUNDS, ROUNDS));
}
