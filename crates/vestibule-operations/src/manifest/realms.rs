//! Realms, their support settings, roles and groups; and the manifest as a whole.

use secrecy::SecretString;
use toml::de::{DeTable, DeValue};
use uuid::Uuid;
use vestibule_core::{
    group::Group,
    id::RealmId,
    policy::{RawStatement, Statement},
    realm::{Realm, SupportSettings},
    refusal::{Fault, Malformed},
    role::{BuiltIn, Role},
    support::{Invitation, Invitee, Window},
};

use super::{
    GroupEntry, InvitationEntry, Manifest, ManifestError, Problem, RealmEntry, RoleEntry, SecretSource, SupportEntry, WindowEntry,
    accounts, customers, objects,
    read::{Node, Reading, Section},
    references::{Names, Seen},
};

impl Manifest {
    /// Longest manifest, in bytes.
    pub const BYTES_MAX: usize = 16 * 1024 * 1024;

    /// Reads a manifest and checks all of it; `file` is how faults name it. `fetch` gets the
    /// secrets that stand in files and the environment, or says why it cannot.
    ///
    /// # Errors
    /// Every fault that was found, in the order of the text. A text that is not TOML is not
    /// looked at further.
    pub fn parse(
        text: &str,
        file: &str,
        fetch: &dyn Fn(&SecretSource) -> Result<SecretString, String>,
    ) -> Result<Self, Vec<ManifestError>> {
        let reading = Reading::new(text, file, fetch);
        let manifest = read(&reading, text);
        let faults = reading.finish();
        match manifest {
            Some(manifest) if faults.is_empty() => Ok(manifest),
            _ => Err(faults),
        }
    }
}

fn read(reading: &Reading<'_>, text: &str) -> Option<Manifest> {
    if text.len() > Manifest::BYTES_MAX {
        reading.fault(0, "", Problem::TooLong(Manifest::BYTES_MAX));
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // Its `Display` would show the line, which may hold a secret.
        reading.fault(error.span().map_or(0, |span| span.start), "", Problem::Syntax(error.message().to_owned()));
    }
    if !errors.is_empty() {
        return None;
    }
    let value = DeValue::Table(table.into_inner());
    read_root(reading, &value)
}

fn read_root<'a>(reading: &'a Reading<'a>, value: &'a DeValue<'a>) -> Option<Manifest> {
    let root = Section::root(reading, value, &["realms", "support_staff"])?;
    let mut seen = Seen::default();
    let realms = root.items("realms").into_iter().filter_map(|node| realm(node, &mut seen)).collect();
    let mut seen = Seen::default();
    let support_staff = root.items("support_staff").into_iter().filter_map(|node| accounts::staff(node, &mut seen)).collect();
    Some(Manifest { realms, support_staff })
}

const REALM_KEYS: &[&str] =
    &["id", "name", "organization_id", "support", "help_desk", "customers", "roles", "groups", "accounts", "objects"];

fn realm(node: Node<'_>, seen: &mut Seen) -> Option<RealmEntry> {
    let realm = node.section(REALM_KEYS)?;
    let id = realm.require("id").and_then(|node| {
        let id: RealmId = node.parsed()?;
        match id.is_vendor() {
            true => node.refuse(Problem::Breaks(Fault::Format("free: it is the vendor's own realm"))),
            false => seen.check(&node, id.as_str()).map(|()| id),
        }
    });
    let organization = |node: Node<'_>| node.check(Uuid::try_parse(node.text()?).map_err(|_| Malformed::body(Fault::Format("a UUID"))));
    let role_names = Names::declared("role", &realm, "roles", "name", &BuiltIn::ALL.map(BuiltIn::name));
    let group_names = Names::declared("group", &realm, "groups", "name", &[]);
    let (departments, customers) = customers::customers(&realm);

    let name = realm.find("name").and_then(|node| node.check(Realm::check_name(node.text()?)));
    let organization_id = realm.find("organization_id").and_then(organization);
    let support = realm.find("support").and_then(support).unwrap_or_default();
    let roles = each(&realm, "roles", role);
    let groups = each(&realm, "groups", |node, seen| group(node, seen, &role_names));
    let accounts = each(&realm, "accounts", |node, seen| accounts::account(node, seen, &role_names, &group_names, &departments));
    let help_desk = realm.find("help_desk").and_then(customers::help_desk);
    let objects = objects::objects(&realm);
    Some(RealmEntry { id: id?, name, organization_id, support, roles, groups, accounts, help_desk, customers, objects })
}

/// The items under `key`, read by `one`, which also gets what was seen before.
pub(super) fn each<'a, T>(section: &Section<'a>, key: &str, mut one: impl FnMut(Node<'a>, &mut Seen) -> Option<T>) -> Vec<T> {
    let mut seen = Seen::default();
    section.items(key).into_iter().filter_map(|node| one(node, &mut seen)).collect()
}

fn support(node: Node<'_>) -> Option<SupportEntry> {
    let support = node.section(&["enabled", "staff_domain", "window", "invitations"])?;
    let staff_domain = support.find("staff_domain").and_then(|node| node.check(SupportSettings::check_staff_domain(node.text()?)));
    let domain = staff_domain.as_deref().unwrap_or(SupportSettings::STAFF_DOMAIN_DEFAULT);
    let invitations = each(&support, "invitations", |node, seen| invitation(node, seen, domain));
    let people = invitations.iter().filter(|entry| entry.invitee != Invitee::Anyone).count();
    if let Some(node) = support.find("invitations").filter(|_| people > Invitation::PEOPLE_MAX) {
        node.refuse::<()>(Problem::Breaks(Fault::TooMany { limit: Invitation::PEOPLE_MAX }));
    }
    Some(SupportEntry {
        enabled: support.find("enabled").and_then(|node| node.flag()),
        window: support.find("window").and_then(window),
        staff_domain,
        invitations,
    })
}

fn window(node: Node<'_>) -> Option<WindowEntry> {
    let window = node.section(&["ends_at", "statements"])?;
    let ends_at = window.require("ends_at").and_then(|node| node.instant());
    let statements = statements(&window, Window::STATEMENTS_MAX);
    Some(WindowEntry { ends_at: ends_at?, statements })
}

fn invitation(node: Node<'_>, seen: &mut Seen, staff_domain: &str) -> Option<InvitationEntry> {
    let entry = node.section(&["email", "expires_at"])?;
    let expires_at = entry.find("expires_at").and_then(|node| node.instant());
    let node = entry.require("email")?;
    let invitee = node.check(Invitee::parse(node.text()?, staff_domain))?;
    seen.check(&node, &invitee.folded())?;
    Some(InvitationEntry { invitee, expires_at })
}

fn role(node: Node<'_>, seen: &mut Seen) -> Option<RoleEntry> {
    let role = node.section(&["name", "statements"])?;
    let statements = statements(&role, Statement::STATEMENTS_MAX);
    let node = role.require("name")?;
    let name = node.check(Role::check_name(node.text()?))?;
    seen.check(&node, &name)?;
    match BuiltIn::ALL.into_iter().any(|built_in| built_in.managed() && built_in.name() == name) {
        true => node.refuse(Problem::ManagedRole),
        false => Some(RoleEntry { name, statements }),
    }
}

fn group(node: Node<'_>, seen: &mut Seen, role_names: &Names<'_>) -> Option<GroupEntry> {
    let group = node.section(&["name", "roles"])?;
    let roles = role_names.mentioned(&group, "roles");
    let node = group.require("name")?;
    let name = node.check(Group::check_name(node.text()?))?;
    seen.check(&node, &name)?;
    Some(GroupEntry { name, roles })
}

/// The statements under `statements`, which must be given; at most `limit`.
fn statements(section: &Section<'_>, limit: usize) -> Vec<Statement> {
    let Some(node) = section.require("statements") else { return Vec::new() };
    let list = node.list();
    if list.len() > limit {
        return node.refuse(Problem::Breaks(Fault::TooMany { limit })).unwrap_or_default();
    }
    list.into_iter().filter_map(statement).collect()
}

fn statement(node: Node<'_>) -> Option<Statement> {
    let statement = node.section(&["effect", "actions", "resources", "condition"])?;
    let texts = |node: Node<'_>| node.texts().into_iter().map(|(_, text)| text.to_owned()).collect();
    let effect = statement.require("effect").and_then(|node| node.text());
    let actions = statement.require("actions").map(texts);
    let resources = statement.require("resources").map(texts);
    let condition = statement.find("condition").map(|node| node.facts().into_iter().collect());
    let raw = RawStatement {
        effect: effect?.to_owned(),
        actions: actions?,
        resources: resources?,
        condition: condition.map(serde_json::Value::Object),
    };
    Statement::parse(raw).map_or_else(|malformed| statement.node.refuse_member(malformed), Some)
}
