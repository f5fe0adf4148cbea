//! Letters: the words of each mail, as plain text and as HTML.

use askama::Template;
use secrecy::SecretString;
use vestibule_core::{
    id::{AccountInvitationId, RealmId},
    time::Timestamp,
};

/// A mail's words, before it has an id.
#[derive(Debug, Clone)]
pub struct Letter {
    /// One address.
    pub to: String,
    /// Without line ends.
    pub subject: String,
    /// The plain form.
    pub text: String,
    /// The same as HTML, without pictures or anything else that would be fetched.
    pub html: String,
    /// What is put where [`Letter::KEPT_BACK`] stands, when it is delivered and no sooner.
    pub secret: Option<SecretString>,
}

impl Letter {
    /// Stands for a letter's secret wherever the letter is kept.
    pub const KEPT_BACK: &'static str = "[kept-back]";
}

/// What a person of the vendor is told when a realm invites them. It does not say who invited
/// them: that is the tenant's affair, and stands in the tenant's log.
#[derive(Debug, Clone)]
pub struct InvitationLetter<'a> {
    /// The address that was invited.
    pub to: &'a str,
    /// The realm.
    pub realm: &'a RealmId,
    /// Its name, shown to people.
    pub realm_name: &'a str,
    /// The end of the invitation, if it has one.
    pub until: Option<Timestamp>,
    /// Where the server is reached, without a slash at the end.
    pub public_url: &'a str,
}

#[derive(Template)]
#[template(path = "invitation.txt")]
struct InvitationText<'a> {
    letter: &'a InvitationLetter<'a>,
    until: &'a Option<String>,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationHtml<'a> {
    letter: &'a InvitationLetter<'a>,
    until: &'a Option<String>,
}

impl InvitationLetter<'_> {
    /// Writes the letter.
    ///
    /// # Errors
    /// Only if a template fails to render, which would be a fault of ours.
    pub fn write(&self) -> Result<Letter, askama::Error> {
        let until = &self.until.map(spelt_out);
        Ok(Letter {
            to: self.to.to_owned(),
            subject: format!("{} has invited you in", self.realm_name),
            text: InvitationText { letter: self, until }.render()?,
            html: InvitationHtml { letter: self, until }.render()?,
            secret: None,
        })
    }
}

/// What a person is told whom a realm asks to become one of its accounts, or an account that has no password
/// yet. It carries a secret, which is put in on delivery: its link is good once, and once the
/// letter has left, only a hash of it is kept.
#[derive(Debug, Clone)]
pub struct JoinLetter<'a> {
    /// The address that is invited.
    pub to: &'a str,
    /// The realm.
    pub realm: &'a RealmId,
    /// Its name, shown to people.
    pub realm_name: &'a str,
    /// Until when the link works.
    pub until: Timestamp,
    /// The invitation.
    pub invitation: AccountInvitationId,
    /// What proves that the link's bearer got this letter.
    pub secret: &'a SecretString,
    /// Where the server is reached, without a slash at the end.
    pub public_url: &'a str,
}

#[derive(Template)]
#[template(path = "join.txt")]
struct JoinText<'a> {
    letter: &'a JoinLetter<'a>,
    until: String,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "join.html")]
struct JoinHtml<'a> {
    letter: &'a JoinLetter<'a>,
    until: String,
    link: &'a str,
}

impl JoinLetter<'_> {
    /// Writes the letter.
    ///
    /// # Errors
    /// Only if a template fails to render, which would be a fault of ours.
    pub fn write(&self) -> Result<Letter, askama::Error> {
        let Self { public_url, realm, invitation, secret, .. } = self;
        let link = &format!("{public_url}/join/{realm}/{invitation}?secret={}", Letter::KEPT_BACK);
        let until = || spelt_out(self.until);
        Ok(Letter {
            to: self.to.to_owned(),
            subject: format!("{} invites you", self.realm_name),
            text: JoinText { letter: self, until: until(), link }.render()?,
            html: JoinHtml { letter: self, until: until(), link }.render()?,
            secret: Some((*secret).clone()),
        })
    }
}

/// What a customer's contact is told whose address is to be verified. Its link's secret is put in on delivery, too.
#[derive(Debug, Clone)]
pub struct VerificationLetter<'a> {
    /// The address that is to be verified.
    pub to: &'a str,
    /// The realm's name, shown to people.
    pub realm_name: &'a str,
    /// Until when the link works.
    pub until: Timestamp,
    /// Names the link.
    pub selector: &'a str,
    /// What proves that the link's bearer got this letter.
    pub secret: &'a SecretString,
    /// Where the server is reached, without a slash at the end.
    pub public_url: &'a str,
}

#[derive(Template)]
#[template(path = "verification.txt")]
struct VerificationText<'a> {
    letter: &'a VerificationLetter<'a>,
    until: String,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "verification.html")]
struct VerificationHtml<'a> {
    letter: &'a VerificationLetter<'a>,
    until: String,
    link: &'a str,
}

impl VerificationLetter<'_> {
    /// Writes the letter. Its link carries both members that prove it (`spec/hostway-sso.md`, section 4.2).
    ///
    /// # Errors
    /// Only if a template fails to render, which would be a fault of ours.
    pub fn write(&self) -> Result<Letter, askama::Error> {
        let Self { public_url, selector, secret, .. } = self;
        let link = &format!("{public_url}/validations/email?v={selector}&authString={}", Letter::KEPT_BACK);
        let until = || spelt_out(self.until);
        Ok(Letter {
            to: self.to.to_owned(),
            subject: format!("{} asks you to confirm your address", self.realm_name),
            text: VerificationText { letter: self, until: until(), link }.render()?,
            html: VerificationHtml { letter: self, until: until(), link }.render()?,
            secret: Some((*secret).clone()),
        })
    }
}

/// What a customer's contact is told who is to be signed in. Its link's secret is put in on delivery, too.
#[derive(Debug, Clone)]
pub struct SignInLetter<'a> {
    /// The address, which is known to be theirs.
    pub to: &'a str,
    /// The realm.
    pub realm: &'a RealmId,
    /// Its name, shown to people.
    pub realm_name: &'a str,
    /// Until when the link works.
    pub until: Timestamp,
    /// What proves that the link's bearer got this letter.
    pub secret: &'a SecretString,
    /// Where the server is reached, without a slash at the end.
    pub public_url: &'a str,
}

#[derive(Template)]
#[template(path = "sign_in.txt")]
struct SignInText<'a> {
    letter: &'a SignInLetter<'a>,
    until: String,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInHtml<'a> {
    letter: &'a SignInLetter<'a>,
    until: String,
    link: &'a str,
}

impl SignInLetter<'_> {
    /// Writes the letter.
    ///
    /// # Errors
    /// Only if a template fails to render, which would be a fault of ours.
    pub fn write(&self) -> Result<Letter, askama::Error> {
        let Self { public_url, realm, secret, .. } = self;
        let link = &format!("{public_url}/sign-in/link/{realm}?secret={}", Letter::KEPT_BACK);
        let until = || spelt_out(self.until);
        Ok(Letter {
            to: self.to.to_owned(),
            subject: format!("Sign in to {}", self.realm_name),
            text: SignInText { letter: self, until: until(), link }.render()?,
            html: SignInHtml { letter: self, until: until(), link }.render()?,
            secret: Some((*secret).clone()),
        })
    }
}

/// `2031-04-30 18:00:00 UTC`: an instant as any reader in any country takes it.
fn spelt_out(instant: Timestamp) -> String {
    instant.to_string().replace('T', " ").replace('Z', " UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(realm_name: &str, until: Option<&str>) -> Letter {
        let realm = "acme".parse().unwrap();
        let until = until.map(|raw| raw.parse().unwrap());
        InvitationLetter { to: "mia.falk@here.com", realm: &realm, realm_name, until, public_url: "https://in.example" }.write().unwrap()
    }

    #[test]
    fn an_invitation_says_who_may_enter_where_until_when_and_how() {
        let letter = letter("Acme Widgets", Some("2031-04-30T18:00:00Z"));
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("mia.falk@here.com", "Acme Widgets has invited you in"));
        for body in [&letter.text, &letter.html] {
            for part in ["mia.falk@here.com", "AccountExecutive", "Acme Widgets", "acme", "2031-04-30 18:00:00 UTC"] {
                assert!(body.contains(part), "{part} in {body}");
            }
            assert!(body.contains("https://in.example/v1/realms/acme/support-sessions"), "{body}");
        }
        assert_eq!(letter.text.lines().filter(|line| line.len() > 78).count(), 0, "{}", letter.text);
    }

    #[test]
    fn an_invitation_without_an_end_says_so() {
        assert!(letter("Acme", None).text.contains("no end date"));
        assert!(!letter("Acme", Some("2031-04-30T18:00:00Z")).text.contains("no end date"));
    }

    #[test]
    fn a_link_stands_in_both_forms_of_its_letter_without_its_secret() {
        let (realm, secret) = ("acme".parse().unwrap(), SecretString::from("s-3_cr3t"));
        let letter = JoinLetter {
            to: "ann@acme.example",
            realm: &realm,
            realm_name: "Acme & Sons",
            until: "2031-04-30T18:00:00Z".parse().unwrap(),
            invitation: AccountInvitationId::from_uuid(uuid::Uuid::nil()),
            secret: &secret,
            public_url: "https://in.example",
        };
        let letter = letter.write().unwrap();
        for (body, name) in [(&letter.text, "Acme & Sons"), (&letter.html, "Acme &#38; Sons")] {
            assert!(!body.contains("s-3_cr3t"), "{body}");
            let link = "https://in.example/join/acme/00000000-0000-0000-0000-000000000000?secret=[kept-back]";
            for part in [link, name, "ann@acme.example", "2031-04-30 18:00:00 UTC"] {
                assert!(body.contains(part), "{part} in {body}");
            }
        }
    }

    #[test]
    fn a_letter_to_a_contact_says_which_address_and_leaves_the_secret_out() {
        let secret = SecretString::from("s-3_cr3t");
        let letter = VerificationLetter {
            to: "dana@example.net",
            realm_name: "Acme & Sons",
            until: "2031-04-30T18:00:00Z".parse().unwrap(),
            selector: "AbC-_9",
            secret: &secret,
            public_url: "https://in.example",
        };
        let letter = letter.write().unwrap();
        let link = |and| format!("https://in.example/validations/email?v=AbC-_9{and}authString=[kept-back]");
        for (body, name, link) in [(&letter.text, "Acme & Sons", link("&")), (&letter.html, "Acme &#38; Sons", link("&#38;"))] {
            assert!(!body.contains("s-3_cr3t"), "{body}");
            for part in [link.as_str(), name, "dana@example.net", "2031-04-30 18:00:00 UTC"] {
                assert!(body.contains(part), "{part} in {body}");
            }
        }
    }

    #[test]
    fn a_letter_that_signs_in_says_for_whom_it_is_and_leaves_the_secret_out() {
        let (realm, secret) = ("acme".parse().unwrap(), SecretString::from("s-3_cr3t"));
        let letter = SignInLetter {
            to: "dana@example.net",
            realm: &realm,
            realm_name: "Acme & Sons",
            until: "2031-04-30T18:00:00Z".parse().unwrap(),
            secret: &secret,
            public_url: "https://in.example",
        };
        let letter = letter.write().unwrap();
        for (body, name) in [(&letter.text, "Acme & Sons"), (&letter.html, "Acme &#38; Sons")] {
            assert!(!body.contains("s-3_cr3t"), "{body}");
            for part in ["https://in.example/sign-in/link/acme?secret=[kept-back]", name, "dana@example.net", "2031-04-30 18:00:00 UTC"] {
                assert!(body.contains(part), "{part} in {body}");
            }
        }
    }

    #[test]
    fn a_name_is_text_and_never_markup() {
        let letter = letter("<b>Acme</b> & \"Sons\"", None);
        assert!(letter.text.contains("<b>Acme</b> & \"Sons\""), "{}", letter.text);
        assert!(!letter.html.contains("<b>Acme") && letter.html.contains("&#60;b&#62;Acme"), "{}", letter.html);
    }
}
