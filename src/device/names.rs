//! Names of hosts, asked of the network's own DNS servers by `hickory-resolver`: the appliance has no resolv.conf, and a
//! static program no name service of the C library. Called by [`lan`](super::lan) for time servers and by `app` for web
//! servers. Knows no other source: no hosts file, no multicast DNS.

use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;

/// For each server's answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where this host is; nowhere when none of the servers knows. An address is where it says. Must be called inside a tokio
/// runtime.
pub async fn look_up(host: &str, dns: &[IpAddr]) -> Vec<IpAddr> {
    if let Ok(address) = host.parse() {
        return vec![address];
    }
    let servers = dns.iter().copied().map(NameServerConfig::udp_and_tcp);
    ask(host, servers.collect()).await
}

async fn ask(host: &str, servers: Vec<NameServerConfig>) -> Vec<IpAddr> {
    let config = ResolverConfig::from_parts(None, Vec::new(), servers);
    let provider = TokioRuntimeProvider::default();
    let mut builder = TokioResolver::builder_with_config(config, provider);
    let options = builder.options_mut();
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = PATIENCE;
    options.attempts = 1;
    let Ok(resolver) = builder.build() else {
        return Vec::new();
    };
    // The dot: as it stands, below no other domain.
    let found = resolver.lookup_ip(format!("{}.", host.trim_end_matches('.')));
    match found.await {
        Ok(found) => found.iter().collect(),
        Err(error) => {
            log::debug!("look up {host}: {error}");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hickory_resolver::config::ConnectionConfig;
    use tokio::net::UdpSocket;

    use super::*;

    const THERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);

    /// A DNS server on this machine that knows one address of every name, and no IPv6.
    async fn server() -> NameServerConfig {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let mut udp = ConnectionConfig::udp();
        udp.port = socket.local_addr().expect("bound").port();
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                let told = answer(&question[..length]);
                socket.send_to(&told, from).await.expect("sent");
            }
        });
        NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![udp])
    }

    /// RFC 1035, 4.1.
    fn answer(question: &[u8]) -> Vec<u8> {
        let name = question[12..].iter().position(|byte| *byte == 0);
        let end = 12 + name.expect("a name's end") + 1;
        let is_ipv4 = question[end..end + 2] == [0, 1];
        let mut told = question[..2].to_vec();
        // An answer to one question, with one record or none.
        told.extend([0x81, 0x80, 0, 1, 0, is_ipv4.into(), 0, 0, 0, 0]);
        told.extend(&question[12..end + 4]);
        if is_ipv4 {
            told.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            told.extend(THERE.octets());
        }
        told
    }

    #[tokio::test]
    async fn a_name_is_asked_of_the_servers_that_the_network_has() {
        let found = ask("updates.example", vec![server().await]).await;
        assert_eq!(found, [IpAddr::from(THERE)]);
    }

    #[tokio::test]
    async fn an_address_needs_no_server_and_a_name_does() {
        let found = look_up("192.0.2.1", &[]).await;
        assert_eq!(found, [IpAddr::from([192, 0, 2, 1])]);
        assert_eq!(look_up("updates.example", &[]).await, [] as [IpAddr; 0]);
    }
}
