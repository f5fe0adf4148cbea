//! Searching accounts: what is asked becomes one statement whose text depends on the shape of the question and
//! never on its values.

use vestibule_core::{
    account::{Account, AccountKind},
    group::SystemGroup,
    id::AccountId,
    policy::ActionName,
};

use crate::{
    accounts::{COLUMNS, read},
    backend::Value,
    error::StoreError,
    tx::Tx,
};

/// Which accounts are asked for, and in what order.
#[derive(Debug, Clone)]
pub struct AccountQuery {
    /// Accounts of these kinds.
    pub kinds: Vec<AccountKind>,
    /// What must hold of each, all of it.
    pub matches: Vec<AccountMatch>,
    /// By their ids, without regard to case.
    pub order: Order,
    /// How many are passed over.
    pub offset: usize,
    /// Most accounts of the answer.
    pub limit: usize,
}

/// Which end of a list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The first.
    #[default]
    Ascending,
    /// The last.
    Descending,
}

/// One thing that must hold of an account.
#[derive(Debug, Clone)]
pub struct AccountMatch {
    /// What is looked at.
    pub field: AccountField,
    /// What it is compared with: one of these is enough, and without any nothing fits. Permissions are compared by
    /// their whole names (`wavefront:ingestion`), whatever `how` says.
    pub values: Vec<String>,
    /// How it is compared.
    pub how: Matching,
    /// Whether it must not hold instead.
    pub negated: bool,
}

/// What is looked at of an account. Of several roles or groups one is enough; each is known by its id and by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountField {
    /// What it signs in with; see [`Tx::find_account_named`] for how robots' ids are compared.
    Id,
    /// Its name.
    Name,
    /// What it is there for.
    Description,
    /// A role that it holds itself.
    Role,
    /// A group that it is in directly, the one of its kind too.
    Group,
    /// A role that it holds itself or by its groups, nested ones too.
    UnitedRole,
    /// An action that its own statements allow everywhere.
    Permission,
    /// An action that the decision engine allows it.
    UnitedPermission,
    /// Its id, name, description, roles or groups.
    Any,
}

impl AccountField {
    /// Whether rows alone cannot say: a search only narrows down who might.
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Permission | Self::UnitedPermission)
    }
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// One has the other in it, without regard to case.
    Contains,
    /// One begins with the other, without regard to case.
    StartsWith,
    /// They are the same.
    Exact,
}

/// The longest value that anything could match, in bytes; what is longer is found nowhere.
const VALUE_BYTES_MAX: usize = 1_000;

/// A statement in the making. Each list of values is one parameter, and a table of its own.
struct Builder<'t> {
    tx: &'t Tx,
    tables: Vec<String>,
    params: Vec<Value>,
}

impl Builder<'_> {
    /// A table with one column, `p`, of these values; its name.
    fn table(&mut self, values: impl Iterator<Item = String>) -> String {
        self.params.push(Value::list(values));
        let at = self.params.len();
        self.tables.push(format!("v{at} (p) AS MATERIALIZED (SELECT text FROM {} list)", self.tx.connection().list(at)));
        format!("v{at}")
    }

    /// The values as what `how` compares with.
    fn values(&mut self, matched: &AccountMatch) -> String {
        let values = matched.values.iter().filter(|value| value.len() <= VALUE_BYTES_MAX);
        match matched.how {
            Matching::Exact => self.table(values.cloned()),
            Matching::Contains => self.table(values.map(|value| format!("%{}%", escaped(value)))),
            Matching::StartsWith => self.table(values.map(|value| format!("{}%", escaped(value)))),
        }
    }

    fn condition(&mut self, matched: &AccountMatch) -> String {
        let said = match matched.field {
            AccountField::Id => self.id(matched),
            AccountField::Name => text("name", matched.how, &self.values(matched)),
            AccountField::Description => text("description", matched.how, &self.values(matched)),
            AccountField::Role => holds_role(&known_by("r", matched.how, &self.values(matched))),
            AccountField::Group => is_in_group(&known_by("g", matched.how, &self.values(matched))),
            AccountField::UnitedRole => {
                let role = known_by("r", matched.how, &self.values(matched));
                self.reaches_role(&role)
            }
            // Of whom it must not hold, no row can say that it does.
            AccountField::Permission | AccountField::UnitedPermission if matched.negated => return "1 = 1".to_owned(),
            AccountField::Permission => says("statements", &self.written(&matched.values, None)),
            AccountField::UnitedPermission => {
                let table = self.written(&matched.values, Some("all"));
                format!("{} OR {}", says("statements", &table), self.reaches_role(&says("r.statements", &table)))
            }
            AccountField::Any => {
                let table = self.values(matched);
                let texts = ["name", "description"].map(|column| text(column, matched.how, &table)).join(" OR ");
                let (role, group) = (known_by("r", matched.how, &table), known_by("g", matched.how, &table));
                format!("{} OR {texts} OR {} OR {}", self.id(matched), holds_role(&role), is_in_group(&group))
            }
        };
        match matched.negated {
            true => format!("NOT ({said})"),
            false => format!("({said})"),
        }
    }

    /// Robots' ids are in lower case however they are asked for; people's are what they are.
    fn id(&mut self, matched: &AccountMatch) -> String {
        if matched.how != Matching::Exact {
            return like("id_folded", &self.values(matched));
        }
        let table = self.values(matched);
        let folded = self.table(matched.values.iter().map(|value| value.to_ascii_lowercase()));
        let robot = format!("id_folded LIKE '{}%'", AccountId::SERVICE_PREFIX);
        format!("id_folded IN (SELECT p FROM {folded}) AND ({robot} OR id IN (SELECT p FROM {table}))")
    }

    /// Statements that name one of these actions, as they stand in rows.
    fn written(&mut self, actions: &[String], or: Option<&str>) -> String {
        let names = actions.iter().filter(|name| name.parse::<ActionName>().is_ok());
        let patterns: Vec<String> = names.map(String::as_str).chain(or).map(|name| format!("%\"{}\"%", escaped(name))).collect();
        self.table(patterns.into_iter())
    }

    /// Whether a role of which `role` holds is held directly, or by a group, or by one around it.
    fn reaches_role(&mut self, role: &str) -> String {
        let name = format!("h{}", self.tables.len());
        self.tables.push(format!(
            "{name} (id) AS (SELECT x.holder_id FROM role_assignment x JOIN role r ON r.realm_id = x.realm_id AND r.id = x.role_id \
             WHERE x.realm_id = $1 AND x.holder_kind = 'group' AND ({role}) \
             UNION SELECT n.group_id FROM group_nesting n JOIN {name} ON n.parent_id = {name}.id WHERE n.realm_id = $1)"
        ));
        format!("{} OR {}", holds_role(role), is_in_group(&format!("g.id IN (SELECT id FROM {name})")))
    }
}

/// A value inside a pattern, in lower case: what has a meaning there loses it.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

/// Whether a text in lower case has one of the patterns of a table.
fn like(lower: &str, table: &str) -> String {
    format!("EXISTS (SELECT 1 FROM {table} WHERE {lower} LIKE {table}.p ESCAPE '!')")
}

/// Whether statements in JSON name an action of a table. Names of actions have capitals in them, and keep them.
fn says(column: &str, table: &str) -> String {
    like(&format!("lower({column})"), table)
}

fn text(column: &str, how: Matching, table: &str) -> String {
    match how {
        Matching::Exact => format!("{column} IN (SELECT p FROM {table})"),
        Matching::Contains | Matching::StartsWith => like(&format!("lower({column})"), table),
    }
}

/// Whether a role or a group is one of those meant, by its id or its name.
fn known_by(of: &str, how: Matching, table: &str) -> String {
    format!("{} OR {}", text(&format!("{of}.id"), how, table), text(&format!("{of}.name"), how, table))
}

fn holds_role(role: &str) -> String {
    format!(
        "key IN (SELECT x.holder_id FROM role_assignment x JOIN role r ON r.realm_id = x.realm_id AND r.id = x.role_id \
         WHERE x.realm_id = $1 AND x.holder_kind = 'account' AND ({role}))"
    )
}

fn is_in_group(group: &str) -> String {
    let by_kind = SystemGroup::ALL.map(|system| {
        format!(
            "(kind = '{}' AND EXISTS (SELECT 1 FROM account_group g WHERE g.realm_id = $1 AND g.system = '{}' AND ({group})))",
            system.kind(),
            system.as_str()
        )
    });
    format!(
        "key IN (SELECT m.account_key FROM group_member m JOIN account_group g ON g.realm_id = m.realm_id AND g.id = m.group_id \
         WHERE m.realm_id = $1 AND ({group})) OR {}",
        by_kind.join(" OR ")
    )
}

impl Tx {
    /// The accounts that a query asks for, by their folded ids. Of permissions it only says who might have them: see
    /// [`AccountField::is_decided`].
    pub async fn search_accounts(&mut self, query: &AccountQuery) -> Result<Vec<Account>, StoreError> {
        let (sql, params) = self.asked(query);
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    fn asked(&self, query: &AccountQuery) -> (String, Vec<Value>) {
        let count = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let mut builder = Builder { tx: self, tables: Vec::new(), params: vec![self.r(), count(query.limit), count(query.offset)] };
        let conditions: Vec<String> = query.matches.iter().map(|matched| format!(" AND {}", builder.condition(matched))).collect();
        let Builder { tables, params, .. } = builder;
        let with = if tables.is_empty() { String::new() } else { format!("WITH RECURSIVE {} ", tables.join(", ")) };
        let direction = match query.order {
            Order::Ascending => "ASC",
            Order::Descending => "DESC",
        };
        let sql = format!(
            "{with}SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND {}{} ORDER BY id_folded {direction} LIMIT $2 OFFSET $3",
            of_kinds(&query.kinds),
            conditions.concat()
        );
        (sql, params)
    }
}

fn of_kinds(kinds: &[AccountKind]) -> String {
    if let [kind] = kinds {
        return format!("kind = '{kind}'");
    }
    // Told by what they are not, or SQLite would gather the kinds one after the other and sort them all.
    let others = [AccountKind::User, AccountKind::Service, AccountKind::Support].into_iter().filter(|kind| !kinds.contains(kind));
    let others: Vec<String> = others.map(|kind| format!("kind <> '{kind}'")).collect();
    if others.is_empty() { "1 = 1".to_owned() } else { others.join(" AND ") }
}
