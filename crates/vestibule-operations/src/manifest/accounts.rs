//! Accounts, support staff and their credentials.

use secrecy::ExposeSecret;
use vestibule_core::{
    account::AccountKind,
    credential::CredentialKind,
    id::AccountId,
    realm::{Realm, SupportSettings},
    redirect::RedirectUri,
    refusal::{Fault, Malformed},
    support::Invitee,
};

use super::{
    AccountEntry, CredentialEntry, Problem, Proof, StaffEntry,
    read::{Node, Section},
    references::{Names, Seen},
    secrets,
};

const ACCOUNT_KEYS: &[&str] =
    &["id", "kind", "name", "permissions", "roles", "groups", "attributes", "home_department", "foreign_departments", "credentials"];

/// Longest id that a client presents with a proof, in bytes.
const PUBLIC_ID_BYTES_MAX: usize = 256;

pub(super) fn account(
    node: Node<'_>,
    seen: &mut Seen,
    roles: &Names<'_>,
    groups: &Names<'_>,
    departments: &Names<'_>,
) -> Option<AccountEntry> {
    let account = node.section(ACCOUNT_KEYS)?;
    let id = account.require("id").and_then(|node| {
        let id: AccountId = node.parsed()?;
        seen.check(&node, &id.folded()).map(|()| id)
    });
    let kind = account.require("kind").and_then(|node| node.word(&[("user", AccountKind::User), ("service", AccountKind::Service)]));
    let home = account.find("home_department").and_then(|node| departments.check(&node, node.text()?));
    let name = name(&account, Realm::NAME_BYTES_MAX);
    let credentials = credentials(&account);
    let attributes = account.find("attributes").map(|node| node.facts()).unwrap_or_default();
    let permissions = account.items("permissions").iter().filter_map(|node| node.parsed()).collect();
    let (roles, groups) = (roles.mentioned(&account, "roles"), groups.mentioned(&account, "groups"));
    let foreign_departments = departments.mentioned(&account, "foreign_departments");
    Some(AccountEntry {
        id: id?,
        kind: kind?,
        name,
        permissions,
        roles,
        groups,
        attributes,
        home_department: home,
        foreign_departments,
        credentials,
    })
}

pub(super) fn staff(node: Node<'_>, seen: &mut Seen) -> Option<StaffEntry> {
    let staff = node.section(&["email", "name", "credentials"])?;
    let name = name(&staff, Realm::NAME_BYTES_MAX);
    let credentials = credentials(&staff);
    let node = staff.require("email")?;
    let email: AccountId = node.check(check_address(node.text()?).and_then(str::parse))?;
    seen.check(&node, &email.folded())?;
    Some(StaffEntry { email, name, credentials })
}

/// An address that a mail can be sent to.
pub(super) fn check_address(raw: &str) -> Result<&str, Malformed> {
    let refuse = || Malformed::new("email", Fault::Format("an e-mail address"));
    let (_, domain) = raw.rsplit_once('@').ok_or_else(refuse)?;
    SupportSettings::check_staff_domain(domain).map_err(|_| refuse())?;
    match Invitee::parse(raw, domain) {
        Ok(Invitee::Person(_)) => Ok(raw),
        Ok(Invitee::Anyone) | Err(_) => Err(refuse()),
    }
}

/// The name of a thing; empty when absent.
fn name(section: &Section<'_>, limit: usize) -> String {
    section.find("name").and_then(|node| node.short_text(limit)).unwrap_or_default().to_owned()
}

/// The credentials of an account; they have no name that must be unique.
fn credentials(section: &Section<'_>) -> Vec<CredentialEntry> {
    section.items("credentials").into_iter().filter_map(credential).collect()
}

const CREDENTIAL_KINDS: [(&str, CredentialKind); 4] = [
    ("token", CredentialKind::Token),
    ("access-key", CredentialKind::AccessKey),
    ("password", CredentialKind::Password),
    ("public-key", CredentialKind::PublicKey),
];

fn credential(node: Node<'_>) -> Option<CredentialEntry> {
    let kind = node.peek("type").and_then(|given| CREDENTIAL_KINDS.into_iter().find(|(word, _)| *word == given));
    let known: &[&str] = match kind.map(|(_, kind)| kind) {
        Some(CredentialKind::Token) => &["type", "name", "scope", "secret", "secret_file", "secret_env"],
        Some(CredentialKind::AccessKey) => &["type", "name", "scope", "id", "secret", "secret_file", "secret_env", "redirect_uris"],
        Some(CredentialKind::Password) => &["type", "name", "secret", "secret_file", "secret_env"],
        Some(CredentialKind::PublicKey) => &["type", "name", "scope", "id", "pem", "pem_file"],
        // The kind itself is the fault; which keys it would know, nobody can say.
        None => &["type", "name", "scope", "id", "secret", "secret_file", "secret_env", "pem", "pem_file", "redirect_uris"],
    };
    let credential = node.section(known)?;
    let scope = credential.find("scope").and_then(|node| node.parsed());
    let name = name(&credential, Realm::NAME_BYTES_MAX);
    let proof = match credential.require("type")?.word(&CREDENTIAL_KINDS)? {
        CredentialKind::Token => Proof::Token { secret: secrets::token(&credential)? },
        CredentialKind::AccessKey => {
            let (id, secret) = (public_id(&credential, "access key"), printable_secret(&credential));
            Proof::AccessKey { id: id?, secret: secret? }
        }
        CredentialKind::Password => Proof::Password { secret: secrets::password(&credential)? },
        CredentialKind::PublicKey => {
            let (id, pem) = (public_id(&credential, "public key"), secrets::public_key(&credential));
            Proof::PublicKey { id: id?, pem: pem? }
        }
    };
    let items = credential.items("redirect_uris");
    if let Some(node) = items.get(RedirectUri::COUNT_MAX) {
        return node.refuse(Problem::Breaks(Fault::TooMany { limit: RedirectUri::COUNT_MAX }));
    }
    let redirect_uris = items.iter().filter_map(|node| node.parsed()).collect();
    Some(CredentialEntry { proof, name, scope, redirect_uris })
}

/// The id that clients present: visible ASCII, and the only one of its kind in the manifest,
/// since the realm is found by it.
fn public_id(credential: &Section<'_>, what: &'static str) -> Option<String> {
    let node = credential.require("id")?;
    let id = node.short_text(PUBLIC_ID_BYTES_MAX)?;
    match id.bytes().all(|b| b.is_ascii_graphic()) {
        true => node.unique_in_text(what, id).map(|()| id.to_owned()),
        false => node.refuse(Problem::Breaks(Fault::Format("printable ASCII without spaces"))),
    }
}

fn printable_secret(credential: &Section<'_>) -> Option<secrecy::SecretString> {
    let (node, secret) = secrets::secret(credential)?;
    match secret.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
        true => Some(secret),
        false => node.refuse(Problem::Breaks(Fault::Format("printable ASCII without spaces"))),
    }
}
