//! `farseat errand`: one thing that needs privileges, done for `serve`. Init starts it with the packet that it was sent.

use super::appliance::AppError;
use super::command::Errand as Options;
use crate::device::errand::{self, ErrandError};
use crate::slot::errand::Errand;

/// Why nothing was done, or not all of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum ErrandRoleError {
    #[error("this is no errand")]
    Nonsense,
    #[error(transparent)]
    Done(#[from] ErrandError),
}

pub(super) fn run(options: &Options) -> Result<(), AppError> {
    let packet = bytes(&options.packet);
    let errand = packet.as_deref().and_then(Errand::parse);
    let errand = errand.ok_or(ErrandRoleError::Nonsense)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = runtime
        .map_err(AppError::Runtime)?
        .block_on(errand::carry_out(errand));
    Ok(done.map_err(ErrandRoleError::Done)?)
}

/// Pairs of hexadecimal digits.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_packet_is_refused() {
        assert_eq!(bytes("0aff"), Some(vec![10, 255]));
        for text in ["x", "0g", "äa"] {
            assert_eq!(bytes(text), None, "{text}");
        }
        for packet in ["", "00", "zz"] {
            let options = Options {
                packet: packet.to_owned(),
            };
            let error = run(&options).expect_err("refused");
            assert_eq!(error.to_string(), "this is no errand");
        }
    }
}
