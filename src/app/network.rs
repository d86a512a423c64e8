//! Gives this device's link the address that a DHCP lease says: joins `net` and the kernel.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::net::dhcp::{self, Lease, Link};
use crate::sys::routing::Routing;

const LINKS: &str = "/sys/class/net";
/// Between two looks for a link or a socket that is not there yet.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A certificate that is made before there is an address does not name it: worth a short wait.
const PATIENCE: Duration = Duration::from_secs(4);

/// Keeps the network as long as the program runs; returns when there is an address, or when the
/// patience is over. A network that cannot be had is told to the log, never fatal.
pub(super) async fn start() {
    let addressed = Arc::new(Notify::new());
    tokio::spawn(keep(Arc::clone(&addressed)));
    if tokio::time::timeout(PATIENCE, addressed.notified())
        .await
        .is_err()
    {
        log::warn!("network: no address yet; starting without");
    }
}

async fn keep(addressed: Arc<Notify>) {
    loop {
        match wired_link() {
            Some((index, link)) => {
                if let Err(error) = follow(index, link, &addressed).await {
                    log::warn!("network: {error}");
                }
            }
            None => log::debug!("network: no wired link"),
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Applies each lease to the link; returns when that fails or the client ended.
async fn follow(index: u32, link: Link, addressed: &Notify) -> io::Result<()> {
    let routing = Routing::open()?;
    let name = link.name.clone();
    let mut leases = dhcp::start(link)?;
    let mut held: Option<Lease> = None;
    while leases.changed().await.is_ok() {
        let lease = leases.borrow_and_update().clone();
        if let Some(old) =
            held.filter(|old| lease.as_ref().is_none_or(|new| new.address != old.address))
        {
            log::warn!("network: {name} loses {}", old.address);
            routing.remove_address(index, old.address, old.prefix)?;
        }
        if let Some(new) = &lease {
            apply(&routing, index, new)?;
            log::info!("network: {name} has {}/{}", new.address, new.prefix);
            addressed.notify_one();
        }
        held = lease;
    }
    Ok(())
}

fn apply(routing: &Routing, index: u32, lease: &Lease) -> io::Result<()> {
    routing.add_address(index, lease.address, lease.prefix)?;
    lease
        .router
        .map_or(Ok(()), |router| routing.set_default_route(index, router))
}

/// The first wired link that is a piece of hardware, in the order of names.
fn wired_link() -> Option<(u32, Link)> {
    let mut names: Vec<_> = fs::read_dir(LINKS)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    names.sort();
    names.iter().find_map(|folder| describe(folder))
}

fn describe(folder: &Path) -> Option<(u32, Link)> {
    let text = |file| fs::read_to_string(folder.join(file)).ok();
    let wired = text("type")?.trim() == "1"
        && folder.join("device").exists()
        && !folder.join("wireless").exists();
    if !wired {
        return None;
    }
    let name = folder.file_name()?.to_str()?.to_owned();
    let hardware_address = hardware_address(text("address")?.trim())?;
    Some((
        text("ifindex")?.trim().parse().ok()?,
        Link {
            name,
            hardware_address,
        },
    ))
}

fn hardware_address(text: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_from_its_folder() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let link = folder.path().join("eth0");
        fs::create_dir_all(link.join("device")).expect("folder");
        for (file, text) in [
            ("type", "1\n"),
            ("address", "dc:a6:32:00:01:02\n"),
            ("ifindex", "2\n"),
        ] {
            fs::write(link.join(file), text).expect("file");
        }
        let (index, described) = describe(&link).expect("a wired link");
        assert_eq!((index, described.name.as_str()), (2, "eth0"));
        assert_eq!(described.hardware_address, [0xdc, 0xa6, 0x32, 0, 1, 2]);
        fs::create_dir(link.join("wireless")).expect("folder");
        assert!(describe(&link).is_none(), "Wi-Fi is another story");
    }

    #[test]
    fn a_strange_hardware_address_is_none() {
        assert_eq!(hardware_address("dc:a6:32"), None);
        assert_eq!(hardware_address("dc:a6:32:00:01:zz"), None);
        assert_eq!(hardware_address(""), None);
    }
}
