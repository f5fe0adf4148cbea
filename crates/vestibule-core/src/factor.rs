//! Factors: what a person proves beside a password, or instead of one, at the console. Codes of an authenticator app
//! (TOTP, RFC 6238), passkeys (`passkey.rs`) and recovery codes. Apps and passkeys are [`Factor`]s; recovery codes come with
//! the first of those.

use std::{fmt, str::FromStr};

use totp_rs::{Builder, Secret, Totp};

use crate::{
    chance::Chance,
    id::{AccountKey, FactorId},
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// What kind of proof a factor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorKind {
    /// An app that shows a code every 30 seconds.
    Totp,
    /// A key pair in a device or a password manager.
    Passkey,
}

impl FactorKind {
    /// The word in rows and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }
}

impl fmt::Display for FactorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FactorKind {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "totp" => Ok(Self::Totp),
            "passkey" => Ok(Self::Passkey),
            _ => Err(Malformed::new("kind", Fault::UnknownValue("totp, passkey".to_owned()))),
        }
    }
}

/// What may be shown of a factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Its id.
    pub id: FactorId,
    /// Whose it is.
    pub account: AccountKey,
    /// What kind of proof.
    pub kind: FactorKind,
    /// Given by its owner; may be empty.
    pub name: String,
    /// How far it was used: the last step of an app, the last count of a passkey. What does not lie beyond it is a copy.
    pub step: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it proved its owner last; absent: never.
    pub last_used_at: Option<Timestamp>,
}

impl Factor {
    /// Most factors of one account.
    pub const COUNT_MAX: usize = 10;
}

/// The secret that an app shares with us. `Debug` leaves it out.
pub struct AppSecret(Totp);

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret")
    }
}

impl AppSecret {
    /// Its length, in bytes (RFC 4226, section 4).
    pub const BYTES: usize = 20;

    /// A secret of these bytes. Apps know six digits by SHA-1 every 30 seconds, and many know nothing else; a clock may be one
    /// step off (RFC 6238, section 5.2). `None`: there are too few bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Builder::new().with_secret(Secret::from(bytes.to_vec())).build().ok().map(Self)
    }

    /// The secret as people type it into an app.
    pub fn text(&self) -> String {
        self.0.secret().to_base32()
    }

    /// The step whose code this is, at `now`, beyond the last one that was used: a code is good once.
    pub fn accepted_step(&self, code: &str, used: i64, now: Timestamp) -> Option<i64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
        let step = plain.then(|| self.0.check(&digits, u64::try_from(now.seconds()).ok()?)).flatten()?;
        i64::try_from(step).ok().filter(|step| *step > used)
    }

    /// The code that an app shows at `now`: for tests that play one.
    pub fn code_at(&self, now: Timestamp) -> String {
        self.0.generate(u64::try_from(now.seconds()).unwrap_or_default()).to_string()
    }
}

/// A code that stands for a lost factor, once.
pub struct RecoveryCode;

impl RecoveryCode {
    /// How many an account gets at a time.
    pub const COUNT: usize = 10;
    /// Letters of a code: of those that are read for one another, one.
    const LETTERS: &[u8; 32] = b"0abcdefghjkmnpqrstuvwxyz23456789";
    const LENGTH: usize = 16;

    /// A fresh one, in groups of four: 80 bits, which nobody guesses at any pace.
    pub fn fresh(chance: &Chance) -> String {
        let letters = chance.bytes::<{ Self::LENGTH }>().map(|byte| Self::LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'x'));
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().copied().map(char::from).collect()).collect();
        groups.join("-")
    }

    /// What somebody has typed, as it is compared; `None` is no such code.
    pub fn read(raw: &str) -> Option<String> {
        let plain: String = raw
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .map(|c| if c == 'o' { '0' } else { c })
            .collect();
        let is_one = plain.len() == Self::LENGTH && raw.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c.is_whitespace());
        is_one.then_some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::EPOCH;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: the last six of the eight digits there.
        let secret = AppSecret::of(b"12345678901234567890").unwrap();
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert_eq!(secret.code_at(Timestamp::from_seconds(second)), code, "{second}");
            let step = secret.accepted_step(code, 0, Timestamp::from_seconds(second));
            assert_eq!(step, Some(second / 30), "{second}");
        }
        assert!(AppSecret::of(b"123456789012345").is_none());
        assert_eq!(secret.text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_is_good_for_one_step_to_each_side_and_once() {
        let secret = AppSecret::of(b"12345678901234567890").unwrap();
        let at = |step: i64| NOON.plus_seconds(step * 30);
        let code = secret.code_at(at(100));
        for (step, good) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            assert_eq!(secret.accepted_step(&code, 0, at(step)).is_some(), good, "{step}");
        }
        for (used, good) in [(99, true), (100, false), (101, false)] {
            assert_eq!(secret.accepted_step(&code, used, at(100)).is_some(), good, "{used}");
        }
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(secret.accepted_step(&spaced, 0, at(100)), Some(100));
        for odd in ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345"] {
            assert_eq!(secret.accepted_step(odd, 0, at(100)), None, "{odd}");
        }
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        let code = RecoveryCode::fresh(&Chance::new(|bytes| (0_u8..).zip(bytes).for_each(|(at, byte)| *byte = at.wrapping_mul(37))));
        assert_eq!(code.len(), 19);
        let plain = code.replace('-', "");
        for raw in [code.clone(), plain.clone(), code.to_uppercase(), code.replace('-', " "), code.replace('0', "O")] {
            assert_eq!(RecoveryCode::read(&raw).as_ref(), Some(&plain), "{raw}");
        }
        for raw in ["", "123456", &code[1..], &format!("{code}a"), &format!("{code}!")] {
            assert_eq!(RecoveryCode::read(raw), None, "{raw}");
        }
    }
}
