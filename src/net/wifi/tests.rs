use super::*;

fn known(name: &str) -> Known {
    Known {
        ssid: Ssid::new(name.as_bytes()).expect(name),
        security: Security::Wpa2Wpa3,
        password: Password::new("battery staple".to_owned()),
        hidden: false,
    }
}

/// Says what the real program says when everything goes well.
struct Drawn(mpsc::Sender<Heard>);

impl Radio for Drawn {
    fn run(&mut self, wanted: bool) {
        if wanted {
            self.0.try_send(Heard::Runs).expect("room");
        }
    }

    fn say(&mut self, command: &str) {
        let says = |text: &str| self.0.try_send(Heard::Said(text.into())).expect("room");
        match command {
            "ADD_NETWORK" => says("0\n"),
            "ENABLE_NETWORK 0" => {
                says("OK\n");
                says("<3>CTRL-EVENT-CONNECTED - Connection to x completed [id=0 id_str=]");
            }
            _ => says("OK\n"),
        }
    }
}

fn started(data: &Path, hardware: bool) -> Wifi {
    let (up, news) = mpsc::channel(64);
    up.try_send(Heard::Hardware(hardware)).expect("room");
    Wifi::start(
        RadioCable {
            radio: Box::new(Drawn(up)),
            news,
        },
        data,
    )
}

async fn until(wifi: &Wifi, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut status = wifi.status();
    status
        .wait_for(|status| wanted(status))
        .await
        .expect("it runs")
        .clone()
}

fn join(name: &str) -> Change {
    Change::Join {
        network: known(name),
        country: Country::parse("DE"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_network_is_joined_on_trial_and_kept_when_it_is_confirmed() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let wifi = started(folder.path(), true);
    until(&wifi, |status| status.hardware == Some(true)).await;
    assert_eq!(
        wifi.change(join("Attic")).await.expect("on trial"),
        PATIENCE
    );
    let again = wifi.change(join("Cellar")).await;
    assert!(matches!(again, Err(ChangeError::Pending)));
    until(&wifi, |status| {
        status.trial.as_ref().is_some_and(|trial| trial.ready)
    })
    .await;
    assert_eq!(Knowledge::load(folder.path()).networks, [], "not kept yet");
    wifi.confirm().await.expect("kept");
    assert_eq!(Knowledge::load(folder.path()).networks, [known("Attic")]);
    let status = until(&wifi, |status| status.trial.is_none()).await;
    assert_eq!(status.state, State::Joined);
    assert_eq!(status.country, Country::parse("DE"));
    // The next start joins it without a word.
    let wifi = started(folder.path(), true);
    until(&wifi, |status| status.joined.is_some()).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_nobody_confirms_is_undone() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let wifi = started(folder.path(), true);
    until(&wifi, |status| status.hardware == Some(true)).await;
    wifi.change(join("Attic")).await.expect("on trial");
    let status = until(&wifi, |status| status.failure.is_some()).await;
    let why = status.failure.map(|failure| failure.why);
    assert_eq!((why, status.trial), (Some(Why::NotConfirmed), None));
    assert!(matches!(
        wifi.confirm().await,
        Err(ConfirmError::NotPending)
    ));
    assert!(!wifi.revert().await);
}

#[tokio::test(start_paused = true)]
async fn without_a_radio_nothing_is_changed_and_nobody_looks() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let wifi = started(folder.path(), false);
    until(&wifi, |status| status.hardware == Some(false)).await;
    for wifi in [wifi, Wifi::unavailable()] {
        assert!(matches!(
            wifi.change(join("Attic")).await,
            Err(ChangeError::NoRadio)
        ));
        assert!(!wifi.look().await);
    }
}

#[test]
fn a_wish_is_checked_and_bounded() {
    let mut stock = Knowledge::default();
    for number in 0..MOST_NETWORKS {
        let name = number.to_string();
        stock = wish(&stock, join(&name)).expect("room").0;
    }
    assert!(matches!(
        wish(&stock, join("more")),
        Err(ChangeError::TooMany)
    ));
    // The same name is another password for it.
    let (again, joining) = wish(&stock, join("0")).expect("replaced");
    assert_eq!(again.networks.len(), MOST_NETWORKS);
    assert_eq!(joining, Ssid::new(b"0"));
    assert_eq!(again.networks.first(), Some(&known("0")));
    let forget = |name: &str| {
        wish(
            &stock,
            Change::Forget(Ssid::new(name.as_bytes()).expect(name)),
        )
    };
    assert_eq!(
        forget("3").expect("known").0.networks.len(),
        MOST_NETWORKS - 1
    );
    assert!(matches!(forget("unknown"), Err(ChangeError::Unknown)));
    let bad = Change::Join {
        network: Known {
            password: Password::new("short".to_owned()),
            ..known("x")
        },
        country: None,
    };
    assert!(matches!(
        wish(&Knowledge::default(), bad),
        Err(ChangeError::NotAllowed(_))
    ));
}
