//! One-time codes that depend on the time, RFC 6238: SHA-1, six digits, 30 seconds. Pure.
//!
//! These are the parameters that every authenticator app knows; most ignore others.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

use super::secret::random;

/// Seconds for which a code is shown.
const STEP: u64 = 30;
const MODULUS: u32 = 1_000_000;

/// What the app and the appliance share: 160 bits, as RFC 4226 recommends. No `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Vec<u8>);

impl Secret {
    /// Nothing when the system has no randomness.
    pub(super) fn random() -> Option<Secret> {
        random::<20>().map(|bytes| Secret(bytes.into()))
    }

    pub(super) fn to_base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    pub(super) fn from_base32(text: &str) -> Option<Secret> {
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() >= 16).then_some(Secret(bytes))
    }

    /// What a QR code tells the app. Both names are of letters, digits, '.', '_' and '-'.
    pub(super) fn uri(&self, device: &str, user: &str) -> String {
        let secret = self.to_base32();
        format!(
            "otpauth://totp/Farseat%20{device}:{user}?secret={secret}&issuer=Farseat%20{device}&algorithm=SHA1&digits=6&period=30"
        )
    }

    fn code(&self, step: u64) -> u32 {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else {
            return MODULUS;
        };
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = usize::from(digest[19] & 0xf);
        let word = [digest[at], digest[at + 1], digest[at + 2], digest[at + 3]];
        (u32::from_be_bytes(word) & 0x7fff_ffff) % MODULUS
    }

    /// The step whose code this is, of the one at `now` (seconds since 1970) and its neighbours.
    /// Steps up to `last` are used up: a code that somebody has seen being typed is worth nothing.
    pub(super) fn step_of(&self, code: u32, now: u64, last: u64) -> Option<u64> {
        let this = now / STEP;
        let near = [this, this.saturating_sub(1), this + 1];
        let mut right = near
            .into_iter()
            .filter(|step| *step > last && bool::from(self.code(*step).ct_eq(&code)));
        right.next()
    }

    /// What an app shows, for tests.
    #[cfg(test)]
    pub(super) fn shown_at(&self, now: u64) -> String {
        format!("{:06}", self.code(now / STEP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238, appendix B.
    fn rfc() -> Secret {
        Secret(b"12345678901234567890".to_vec())
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().shown_at(time), code, "{time}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let now = 1_111_111_111;
        let code = rfc().code(now / STEP);
        for (time, taken) in [
            (now - 2 * STEP, false),
            (now - STEP, true),
            (now, true),
            (now + STEP, true),
            (now + 2 * STEP, false),
        ] {
            let step = rfc().step_of(code, time, 0);
            assert_eq!(step, taken.then_some(now / STEP), "{time}");
        }
    }

    #[test]
    fn a_step_that_was_used_is_used_up_with_those_before_it() {
        let now = 1_111_111_111;
        let step = now / STEP;
        assert_eq!(rfc().step_of(rfc().code(step), now, step), None);
        assert_eq!(rfc().step_of(rfc().code(step - 1), now, step), None);
        let next = rfc().step_of(rfc().code(step + 1), now, step);
        assert_eq!(next, Some(step + 1));
    }

    #[test]
    fn a_secret_comes_back_from_its_text() {
        let secret = Secret::random().expect("randomness");
        assert!(Secret::from_base32(&secret.to_base32()) == Some(secret));
        for wrong in ["", "A", "0189", "MFRGG", "mfrgg"] {
            assert!(Secret::from_base32(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_app_learns_whose_code_it_is() {
        assert_eq!(
            rfc().uri("rack", "ann"),
            "otpauth://totp/Farseat%20rack:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Farseat%20rack&algorithm=SHA1&digits=6&period=30"
        );
    }
}
