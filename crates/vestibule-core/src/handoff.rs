//! Hand-offs: a signed token that signs a contact in to the help desk, and the link that carries it there
//! (`spec/hostway-sso.md`, section 5).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    contact::Contact,
    customer::Customer,
    help_desk::ClaimSwitches,
    refusal::{Fault, Malformed, Refusal},
    time::Timestamp,
};

/// What a token says. The help desk takes what it says of the person for true, so it says only what is stored of the
/// contact, and never a role. The members stand in the order in which they are written; there is no `exp`: the
/// help desk judges by `iat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assertion {
    iat: i64,
    jti: String,
    name: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

/// The one header. The algorithm is a constant: nobody can ask for another (section 7, point 6).
const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

impl Assertion {
    /// Longest link, in bytes (section 5; inferred there).
    pub const LINK_BYTES_MAX: usize = 2_000;

    /// What is asserted of a contact now; refused while it has no address that is known to be theirs.
    pub fn of(customer: &Customer, contact: &Contact, told: ClaimSwitches, jti: Uuid, now: Timestamp) -> Result<Self, Refusal> {
        let email = contact.assertable_email()?.to_owned();
        let company = &contact.details.name.company;
        Ok(Self {
            iat: now.seconds(),
            jti: jti.to_string(),
            name: contact.display_name(),
            email,
            external_id: told.external_id.then(|| customer.resource_name()),
            organization: Some(company.clone()).filter(|company| told.organization && !company.is_empty()),
            phone: contact.phone().filter(|_| told.phone).map(str::to_owned),
        })
    }

    /// The address that is asserted.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// What is good once.
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// The token: compact JWS, HS256 (RFC 7515, section 7.1). The secret's bytes are the key as they are.
    pub fn sign(&self, secret: &SecretString) -> Result<SecretString, Refusal> {
        let claims = serde_json::to_string(self).map_err(|_| Refusal::Internal)?;
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
        let key = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
        let mut mac = key.map_err(|_| Refusal::Internal)?;
        mac.update(signed.as_bytes());
        Ok(SecretString::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))))
    }

    /// The link to `endpoint` that carries the token. What need not be said is left out, one after the other, until the
    /// link is not too long; one that is still too long is refused for where it sends back to.
    pub fn link(mut self, endpoint: &str, secret: &SecretString, return_to: Option<&ReturnTo>) -> Result<SecretString, Refusal> {
        let back = return_to.map(|back| format!("&return_to={}", back.encoded())).unwrap_or_default();
        loop {
            let link = format!("{endpoint}?jwt={}{back}", self.sign(secret)?.expose_secret());
            if link.len() < Self::LINK_BYTES_MAX {
                return Ok(SecretString::from(link));
            }
            let dropped = self.phone.take().or_else(|| self.organization.take()).or_else(|| self.external_id.take());
            if dropped.is_none() {
                return Err(Malformed::new("return_to", Fault::TooLong { limit: ReturnTo::BYTES_MAX }).into());
            }
        }
    }
}

/// Where the help desk sends somebody once they are signed in. It cannot be used to send them anywhere else
/// (section 7, point 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Longest one, in bytes.
    pub const BYTES_MAX: usize = 500;

    /// Reads `/path`, or an https URL at the help desk's host or a listed one. User, port, backslashes and control
    /// characters are refused: browsers read them in more than one way.
    pub fn parse(raw: &str, help_desk_host: &str, listed: &[String]) -> Result<Self, Malformed> {
        let refuse = |fault| Err(Malformed::new("return_to", fault));
        if raw.len() > Self::BYTES_MAX {
            return refuse(Fault::TooLong { limit: Self::BYTES_MAX });
        }
        let is_odd = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
        let host = raw.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let is_known = |host: &str| host.eq_ignore_ascii_case(help_desk_host) || listed.iter().any(|one| host.eq_ignore_ascii_case(one));
        match host {
            _ if raw.chars().any(is_odd) => refuse(RETURN_TO),
            None if raw.starts_with('/') && !raw.starts_with("//") => Ok(Self(raw.to_owned())),
            Some(host) if is_known(host) => Ok(Self(raw.to_owned())),
            None | Some(_) => refuse(RETURN_TO),
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in a query: everything but letters, digits and `-._~` percent-encoded.
    fn encoded(&self) -> String {
        let encode = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        self.0.bytes().map(encode).collect()
    }
}

const RETURN_TO: Fault = Fault::Format("a path, or an https URL at the help desk or a listed host");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authorship::Authorship,
        contact::ContactKind,
        contact_details::ContactDetails,
        customer::{Currency, CustomerId, CustomerKind, CustomerStatus},
    };

    const SECRET: &str = "Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv";
    const ALL: ClaimSwitches = ClaimSwitches { external_id: true, organization: true, phone: true };
    const NONE: ClaimSwitches = ClaimSwitches { external_id: false, organization: false, phone: false };

    fn customer() -> Customer {
        Customer {
            id: CustomerId::FIRST,
            name: None,
            number: Some("acct-70421".parse().unwrap()),
            kind: CustomerKind::Individual,
            status: CustomerStatus::Open,
            purged_at: None,
            department: None,
            currency: Currency::default(),
            partner_account_id: None,
            version: 1,
            created_at: Timestamp::EPOCH,
            authorship: Authorship::default(),
        }
    }

    fn contact(said: [&str; 5]) -> Contact {
        let mut details = ContactDetails::default();
        let ContactDetails { name, media, .. } = &mut details;
        for (field, text) in
            [&mut name.first, &mut name.last, &mut name.company, &mut media.phone1, &mut media.email1].into_iter().zip(said)
        {
            text.clone_into(field);
        }
        Contact::new(CustomerId::FIRST, ContactKind::Technical, details, None, Timestamp::EPOCH).verified(None, Timestamp::EPOCH).unwrap()
    }

    fn assertion(said: [&str; 5], told: ClaimSwitches, jti: &str) -> Assertion {
        Assertion::of(&customer(), &contact(said), told, jti.parse().unwrap(), Timestamp::from_seconds(1_767_225_600)).unwrap()
    }

    /// Section 5.1, vectors A and B, byte for byte.
    #[test]
    fn tokens_are_those_of_the_published_vectors() {
        let a = assertion(["Dana", "Reyes", "", "", "dana.reyes@example.net"], NONE, "5b0c1f6e-8f0a-4c57-9d3e-2a7b64c1e9d0");
        let b = ["Zoë", "O'Brien", "Brien Widgets", "+13125550142", "zoe@example.org"];
        let b = assertion(b, ALL, "d94e7a12-30c8-4f1b-b6a5-71f08c2e5d43");
        for (assertion, token) in [
            (
                a,
                "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE3NjcyMjU2MDAsImp0aSI6IjViMGMxZjZlLThmMGEtNGM1Ny05ZDNlLTJhN2I2NGMxZTlkMCIsIm5hbWUiOiJEYW5hIFJleWVzIiwiZW1haWwiOiJkYW5hLnJleWVzQGV4YW1wbGUubmV0In0.1OyxYZt1CX8eMnz6T7uPS1bJL_YnVkmp9N5WZxdvYu8",
            ),
            (
                b,
                "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE3NjcyMjU2MDAsImp0aSI6ImQ5NGU3YTEyLTMwYzgtNGYxYi1iNmE1LTcxZjA4YzJlNWQ0MyIsIm5hbWUiOiJab8OrIE8nQnJpZW4iLCJlbWFpbCI6InpvZUBleGFtcGxlLm9yZyIsImV4dGVybmFsX2lkIjoiYWNjdC03MDQyMSIsIm9yZ2FuaXphdGlvbiI6IkJyaWVuIFdpZGdldHMiLCJwaG9uZSI6IisxMzEyNTU1MDE0MiJ9.KSUd_2H4VCoU5Lwyl1hC-BhvwQ5pKaAVCRo5z8r1YWc",
            ),
        ] {
            assert_eq!(assertion.sign(&SecretString::from(SECRET)).unwrap().expose_secret(), token);
        }
    }

    #[test]
    fn only_what_is_switched_on_and_known_is_told() {
        let jti = "5b0c1f6e-8f0a-4c57-9d3e-2a7b64c1e9d0";
        let full = ["Zoë", "O'Brien", "Brien Widgets", "+13125550142", "zoe@example.org"];
        let quiet = assertion(full, NONE, jti);
        assert_eq!((quiet.external_id, quiet.organization, quiet.phone), (None, None, None));
        let local = assertion(["Zoë", "O'Brien", "", "312 555 0142", "zoe@example.org"], ALL, jti);
        assert_eq!((local.external_id.as_deref(), local.organization, local.phone), (Some("acct-70421"), None, None));
    }

    #[test]
    fn a_link_stays_below_2000_bytes_by_leaving_out_what_need_not_be_said() {
        let (jti, secret) = ("5b0c1f6e-8f0a-4c57-9d3e-2a7b64c1e9d0", SecretString::from(SECRET));
        let endpoint = "https://acme.zendesk.com/access/jwt";
        let back = |n: usize| ReturnTo::parse(&format!("/{}", "x".repeat(n)), "acme.zendesk.com", &[]).unwrap();
        let wide = "é".repeat(200);
        let of = |company: &str| assertion(["Zoë", "O'Brien", company, "+13125550142", "zoe@example.org"], ALL, jti);
        let link = |company: &str, n: usize| of(company).link(endpoint, &secret, Some(&back(n))).unwrap().expose_secret().to_owned();
        let says = |link: &str| {
            let claims = link.split(['=', '.', '&']).nth(4).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap();
            let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
            ["external_id", "organization", "phone"].map(|name| claims.get(name).is_some())
        };
        for (company, n, told) in [("Brien", 10, [true, true, true]), (&*wide, 499, [true, true, true])] {
            let link = link(company, n);
            assert!(link.len() < Assertion::LINK_BYTES_MAX && says(&link) == told, "{} {link}", link.len());
        }
        let crowded = ReturnTo::parse(&format!("/{}", "ü".repeat(200)), "acme.zendesk.com", &[]).unwrap();
        let short = of(&wide).link(endpoint, &secret, Some(&crowded)).unwrap();
        assert!(short.expose_secret().len() < Assertion::LINK_BYTES_MAX);
        assert_eq!(says(&short.expose_secret().replace(endpoint, "https://a.b.c/")), [true, false, false]);
        let endless = ReturnTo::parse(&format!("/{}", "ü".repeat(249)), "acme.zendesk.com", &[]).unwrap();
        let refused =
            assertion([&"é".repeat(50), &"é".repeat(50), "", "", "zoe@example.org"], ALL, jti).link(endpoint, &secret, Some(&endless));
        assert!(matches!(refused, Err(Refusal::Malformed(_))), "{:?}", refused.map(|link| link.expose_secret().len()));
    }

    #[test]
    fn people_are_sent_back_to_the_help_desk_and_nowhere_else() {
        let listed = ["help.example.com".to_owned()];
        for (raw, good) in [
            ("/", true),
            ("/hc/en-us/requests?x=1#y", true),
            ("https://acme.zendesk.com", true),
            ("https://ACME.zendesk.com/agent/tickets/1", true),
            ("https://acme.zendesk.com?x=@y:1", true),
            ("https://help.example.com/x", true),
            ("", false),
            ("hc", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("/\t/evil.example", false),
            ("/a\r\nb", false),
            ("http://acme.zendesk.com/", false),
            ("HTTPS:acme.zendesk.com", false),
            ("https:/acme.zendesk.com", false),
            ("https:///acme.zendesk.com", false),
            ("https://acme.zendesk.com:443/", false),
            ("https://acme.zendesk.com@evil.example/", false),
            ("https://acme.zendesk.com\\@evil.example/", false),
            ("https://evil.example\\.acme.zendesk.com/", false),
            ("https://acme.zendesk.com.evil.example/", false),
            ("https://evil-acme.zendesk.com/", false),
            ("https://acme.zendesk.com./", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(ReturnTo::parse(raw, "acme.zendesk.com", &listed).is_ok(), good, "{raw:?}");
        }
        let long = |n: usize| format!("/{}", "x".repeat(n));
        assert!(ReturnTo::parse(&long(499), "a", &[]).is_ok() && ReturnTo::parse(&long(500), "a", &[]).is_err());
        let back = ReturnTo::parse("/a b?c=é&d".replace(' ', "+").as_str(), "a", &[]).unwrap();
        assert_eq!((back.encoded().as_str(), back.as_str()), ("%2Fa%2Bb%3Fc%3D%C3%A9%26d", "/a+b?c=é&d"));
    }
}
