//! The story that `quickstart` prints: lines for a shell that work as pasted, in this order, with
//! `curl`, `sed` and nothing else.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use vestibule_core::{chance::Chance, time::Timestamp};
use vestibule_operations::manifest::{AccountEntry, CredentialEntry, CustomerEntry, Manifest, Proof};

use crate::exit::Failure;

/// What RFC 5849, section 3.6 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// How long the story's invitation lasts, in seconds: 30 days.
const INVITATION_S: i64 = 2_592_000;

/// All that the lines hold.
pub struct Story {
    url: String,
    realm: String,
    organization: String,
    agent: String,
    agent_token: String,
    signature: String,
    /// A name and its password, as `curl` takes them.
    portal: String,
    /// The path of a contact of the tenant's customer.
    contact: String,
    /// The id of a customer that another may act for.
    opened: String,
    invited_until: Timestamp,
    data_dir: PathBuf,
    program: PathBuf,
}

impl Story {
    /// The story of the first realm of `manifest`, its first access key and the first of the
    /// vendor's people. The token request is signed here, for this instant.
    ///
    /// # Errors
    /// The manifest has none of these.
    pub fn of(manifest: &Manifest, url: &str, data_dir: &Path, now: Timestamp, chance: &Chance) -> Result<Self, Failure> {
        let lacks = |what: &str| Failure::new(format!("the demo has no {what}"));
        let realm = manifest.realms.first().ok_or_else(|| lacks("realm"))?;
        let (key, secret) = first(realm.accounts.iter().flat_map(|account| &account.credentials), |proof| match proof {
            Proof::AccessKey { id, secret } => Some((id, secret)),
            _ => None,
        })
        .ok_or_else(|| lacks("access key"))?;
        let agent = manifest.support_staff.first().ok_or_else(|| lacks("support staff"))?;
        let agent_token = first(agent.credentials.iter(), |proof| match proof {
            Proof::Token { secret } => Some(secret),
            _ => None,
        })
        .ok_or_else(|| lacks("token for its support staff"))?;
        let named = |account: &AccountEntry| {
            let password = first(account.credentials.iter(), |proof| match proof {
                Proof::Password { secret } => Some(secret),
                _ => None,
            })?;
            Some(format!("{}:{}", account.id, password.expose_secret()))
        };
        let portal = realm.accounts.iter().find_map(named).ok_or_else(|| lacks("password"))?;
        let reachable = |customer: &CustomerEntry| {
            let verified = customer.contacts.iter().find(|contact| contact.email_verified == Some(true))?;
            Some(format!("accounts/{}/contacts/{}", customer.number.as_ref()?, verified.kind))
        };
        let customers = realm.customers.iter().flat_map(|customers| &customers.list);
        let opened = customers.clone().find(|customer| !customer.grants_to.is_empty()).ok_or_else(|| lacks("grant"))?.id.to_string();
        let contact = customers.into_iter().find_map(reachable).ok_or_else(|| lacks("contact"))?;
        let nonce = format!("{:032x}", u128::from_be_bytes(chance.bytes()));
        Ok(Self {
            url: url.to_owned(),
            realm: realm.id.to_string(),
            organization: realm.organization_id.ok_or_else(|| lacks("organization id"))?.to_string(),
            agent: agent.email.to_string(),
            agent_token: agent_token.expose_secret().to_owned(),
            signature: signature(&format!("{url}/oauth2/token"), key, secret, &nonce, now),
            portal,
            contact,
            opened,
            invited_until: Timestamp::from_seconds(now.seconds()).plus_seconds(INVITATION_S),
            data_dir: data_dir.to_owned(),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("vestibule")),
        })
    }
}

fn first<'a, T>(mut credentials: impl Iterator<Item = &'a CredentialEntry>, wanted: impl Fn(&'a Proof) -> Option<T>) -> Option<T> {
    credentials.find_map(|credential| wanted(&credential.proof))
}

/// The `Authorization` value of a token request with the form `grant_type=client_credentials`
/// (`spec/here-support.md`, section 6.1; RFC 5849).
fn signature(url: &str, key: &str, secret: &SecretString, nonce: &str, now: Timestamp) -> String {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let members = [
        ("oauth_consumer_key", key.to_owned()),
        ("oauth_nonce", nonce.to_owned()),
        ("oauth_signature_method", "HMAC-SHA256".to_owned()),
        ("oauth_timestamp", now.seconds().to_string()),
        ("oauth_version", "1.0".to_owned()),
    ];
    let signed: Vec<_> = std::iter::once(("grant_type", "client_credentials".to_owned())).chain(members.clone()).collect();
    let pairs: Vec<_> = signed.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let base = format!("POST&{}&{}", encode(url), encode(&pairs.join("&")));
    let signing_key = format!("{}&", encode(secret.expose_secret()));
    // HMAC takes keys of any length: there is no other way for this to fail.
    let mac = Hmac::<Sha256>::new_from_slice(signing_key.as_bytes()).map(|mac| mac.chain_update(base).finalize().into_bytes());
    let signature = mac.map(|mac| STANDARD.encode(mac)).unwrap_or_default();
    let shown = members.into_iter().chain([("oauth_signature", signature)]);
    let shown: Vec<_> = shown.map(|(name, value)| format!("{name}=\"{}\"", encode(&value))).collect();
    format!("OAuth {}", shown.join(", "))
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, realm, organization, agent, agent_token, signature, portal, contact, opened, invited_until, data_dir, program } =
            self;
        let (data_dir, program) = (quoted(data_dir), quoted(program));
        let json = "-H 'Content-Type: application/json'";
        let native = format!("{url}/v1/realms/{realm}");
        write!(
            f,
            r#"listening on {url}

The realm `{realm}` invites {agent}, who comes in, asks, and is shown out again.
Paste these lines into another shell, in this order. Ctrl-C here ends the demo.

# 1. The tenant's admin obtains a token; the request is signed anew at each start and good for 10 minutes.
TOKEN=$(curl -sS '{url}/oauth2/token' -H 'Authorization: {signature}' -d grant_type=client_credentials | sed 's/.*"access_token" *: *"\([^"]*\)".*/\1/'); echo "$TOKEN"

# 2. She invites one person of the vendor.
curl -sS '{url}/support' -H "Authorization: Bearer $TOKEN" {json} -d '{{"emailAddress": "{agent}", "expiresAt": "{invited_until}"}}'; echo

# 3. That person gets a mail.
sleep 1; cat {data_dir}/mail/*.eml

# 4. The agent enters, with a reason and a ticket, and receives a token that lasts an hour at most.
ENTRY=$(curl -sS '{native}/support-sessions' -H 'Authorization: Bearer {agent_token}' {json} -d '{{"reason": "plan P1 bills twice", "ticket": "CASE-4711"}}'); echo "$ENTRY"
SESSION=$(echo "$ENTRY" | grep -o '"id" *: *"[^"]*"' | head -n 1 | cut -d '"' -f 4); SESSION_TOKEN=$(echo "$ENTRY" | sed 's/.*"token" *: *"\([^"]*\)".*/\1/')

# 5. May the agent read this plan? Yes. Change it? No.
curl -sS '{url}/access/v1/evaluation' -H "Authorization: Bearer $SESSION_TOKEN" {json} -d '{{"subject": {{"type": "support", "id": "{agent}"}}, "action": {{"name": "config:retrieve"}}, "resource": {{"type": "config:plan", "id": "P1"}}}}'; echo
curl -sS '{url}/access/v1/evaluation' -H "Authorization: Bearer $SESSION_TOKEN" {json} -d '{{"subject": {{"type": "support", "id": "{agent}"}}, "action": {{"name": "config:update"}}, "resource": {{"type": "config:plan", "id": "P1"}}}}'; echo

# 6. The admin sees who is in, and keeps a checkpoint of the log.
curl -sS '{native}/support-sessions' -H "Authorization: Bearer $TOKEN"; echo
curl -sS '{native}/audit/checkpoint' -H "Authorization: Bearer $TOKEN" -o {realm}-checkpoint.txt

# 7. Clients of m3ter's see the same tenant as an organization: here the window to all support staff, as its support grant.
curl -sS '{url}/organizations/{organization}/support' -H "Authorization: Bearer $TOKEN"; echo

# 8. Clients of Wavefront's see it as a customer: here its people and robots, with what they may do.
curl -sS '{url}/api/v2/account' -H "X-AUTH-TOKEN: $TOKEN"; echo

# 9. Clients of Hostway's see whom it serves: here a link that signs a contact in to the tenant's help desk, once.
curl -sS -u '{portal}' '{url}/{contact}/supportSSOLink'; echo

# 10. Clients of eGain's see who of them acts for whom: here who may act for one of them, in XML.
curl -sS '{url}/core/customermgr/v3/customer/{opened}/grants' -H "Authorization: Bearer $TOKEN" -H 'Accept: application/xml'; echo

# 11. She ends the session and takes the invitation back.
curl -sS -i -X DELETE "{native}/support-sessions/$SESSION" -H "Authorization: Bearer $TOKEN"
curl -sS -i -X DELETE '{url}/support?emailAddress={agent}' -H "Authorization: Bearer $TOKEN"

# 12. The agent's token is dead at once.
curl -sS -i '{url}/access/v1/evaluation' -H "Authorization: Bearer $SESSION_TOKEN" {json} -d '{{"subject": {{"type": "support", "id": "{agent}"}}, "action": {{"name": "config:retrieve"}}, "resource": {{"type": "config:plan", "id": "P1"}}}}'; echo

# 13. Every step is an event in the tenant's log, which anyone can check who holds it.
curl -sS '{native}/audit/events' -H "Authorization: Bearer $TOKEN"; echo
curl -sS '{native}/audit/export' -H "Authorization: Bearer $TOKEN" -o {realm}-log.tar
{program} audit verify {realm}-log.tar --against {realm}-checkpoint.txt
"#
        )
    }
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
    if plain { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_request_is_signed_as_the_published_example() {
        let secret = SecretString::from("v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo");
        let now = Timestamp::from_seconds(1_767_225_600);
        let value = signature("http://127.0.0.1:8080/oauth2/token", "dK7pQ2sVx9LmT4wZ", &secret, "n0nCe7", now);
        assert!(value.starts_with("OAuth oauth_consumer_key=\"dK7pQ2sVx9LmT4wZ\", oauth_nonce=\"n0nCe7\", "), "{value}");
        assert!(value.ends_with("oauth_signature=\"xsUjTyzp%2BqhV%2BLBiSWPrBNVZrjoK0Zv%2FW4gJiTriWms%3D\""), "{value}");
    }

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        for (path, word) in [("/tmp/a-b_c.d", "/tmp/a-b_c.d"), ("/tmp/a b", "'/tmp/a b'"), ("/it's", r"'/it'\''s'")] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }
}
