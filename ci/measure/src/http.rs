//! The few HTTP requests that a measurement needs: claim, log in, fetch the CA certificate.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than argon2 takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const ACCOUNT: &str = r#"{"username":"bench","password":"measuring is knowing"}"#;

#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("talk to {at}")]
    Talk {
        at: SocketAddr,
        source: std::io::Error,
    },
    #[error("{what} was answered with {status:?}")]
    Refused { what: &'static str, status: String },
    #[error("{0} set no cookie")]
    NoCookie(&'static str),
}

/// The value of a header field.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Claims a new appliance, or logs in to one that this bench has claimed; returns the session cookie.
pub(crate) fn sign_in(at: SocketAddr) -> Result<String, HttpError> {
    let claimed = send(at, "POST /api/v1/claim", ACCOUNT)?;
    let answer = if status(&claimed) == 204 {
        claimed
    } else {
        send(at, "POST /api/v1/session", ACCOUNT)?
    };
    if status(&answer) != 204 {
        return Err(HttpError::Refused {
            what: "logging in",
            status: first_line(&answer),
        });
    }
    let cookie = field(&answer, "set-cookie").and_then(|value| value.split(';').next());
    Ok(cookie.ok_or(HttpError::NoCookie("logging in"))?.to_owned())
}

/// The device's own CA certificate, PEM.
pub(crate) fn ca_certificate(at: SocketAddr) -> Result<String, HttpError> {
    let answer = send(at, "GET /ca.crt", "")?;
    match answer.split_once("\r\n\r\n") {
        Some((_, body)) if status(&answer) == 200 => Ok(body.to_owned()),
        _ => Err(HttpError::Refused {
            what: "GET /ca.crt",
            status: first_line(&answer),
        }),
    }
}

/// One request, and its whole answer.
fn send(at: SocketAddr, request: &str, body: &str) -> Result<String, HttpError> {
    let talk = || -> std::io::Result<String> {
        let mut socket = TcpStream::connect(at)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: {at}\r\nOrigin: http://{at}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        socket.write_all(head.as_bytes())?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    talk().map_err(|source| HttpError::Talk { at, source })
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0)
}

fn first_line(answer: &str) -> String {
    answer.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_are_found_in_any_case() {
        assert_eq!(
            field("HTTP/1.1 204\r\nSET-Cookie: a=b; Secure\r\n", "set-cookie"),
            Some("a=b; Secure")
        );
        assert_eq!(field("HTTP/1.1 204\r\n", "set-cookie"), None);
    }

    #[test]
    fn an_answer_that_is_not_http_has_status_zero() {
        assert_eq!(status("HTTP/1.1 429 Too Many Requests\r\n"), 429);
        assert_eq!(status(""), 0);
    }
}
