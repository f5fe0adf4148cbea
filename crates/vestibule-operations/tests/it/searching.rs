//! Searching accounts: every answer is what going through all of them one by one would give.

use std::collections::BTreeSet;

use vestibule_core::{
    account::AccountKind,
    id::{GroupId, RoleId},
    refusal::Refusal,
    resource_group::{GroupType, Member},
    role::Holder,
};
use vestibule_operations::{AccountField, AccountMatch, AccountQuery, Matching, Order};

use crate::{
    databases::{Database, on_both},
    harness::World,
    managing::{action, actions, step},
};

const INGEST: &str = "wavefront:ingestion";
const EDIT: &str = "wavefront:dashboard_management";

/// What the test knows of an account.
#[derive(Debug, Clone, Default)]
struct Known {
    id: String,
    is_robot: bool,
    name: String,
    description: String,
    roles: Vec<&'static str>,
    groups: Vec<&'static str>,
    permissions: Vec<&'static str>,
}

/// The roles of the crowd, by name: what they allow, and which groups hold them.
const ROLES: [(&str, &str, &[&str]); 3] =
    [("Readers", INGEST, &[]), ("100%_ed!", EDIT, &["Service Accounts"]), ("nested", "wavefront:alerts_management", &["outer"])];

impl Known {
    fn nth(n: usize) -> Self {
        let is_robot = n.is_multiple_of(7);
        let mut known = Self {
            id: if is_robot {
                format!("sa::bot-{n}")
            } else {
                format!("{}{n}@acme.example", if n.is_multiple_of(2) { "Dev" } else { "dev" })
            },
            is_robot,
            name: format!("{} {n}", if n.is_multiple_of(3) { "Ann_Lee" } else { "BEN" }),
            description: if n.is_multiple_of(5) { "a 50% ÄRA".to_owned() } else { String::new() },
            ..Self::default()
        };
        known.roles.extend(n.is_multiple_of(4).then_some("Readers"));
        known.roles.extend(n.is_multiple_of(25).then_some("100%_ed!"));
        known.groups.extend(n.is_multiple_of(10).then_some("inner"));
        known.groups.extend(n.is_multiple_of(15).then_some("outer"));
        known.permissions.extend(n.is_multiple_of(11).then_some(INGEST));
        known
    }

    fn groups(&self) -> Vec<&'static str> {
        let mut groups = self.groups.clone();
        groups.push(if self.is_robot { "Service Accounts" } else { "Everyone" });
        groups
    }

    fn united_roles(&self) -> Vec<&'static str> {
        let mut groups = self.groups();
        groups.extend(self.groups.contains(&"inner").then_some("outer"));
        let by_group = ROLES.iter().filter(|(_, _, holders)| holders.iter().any(|group| groups.contains(group))).map(|(name, ..)| *name);
        self.roles.iter().copied().chain(by_group).chain(self.groups.contains(&"operators").then_some("org-admin")).collect()
    }

    fn united_permissions(&self) -> Vec<&'static str> {
        let roles = self.united_roles();
        let by_role = ROLES.iter().filter(|(name, ..)| roles.contains(name)).map(|(_, allowed, _)| *allowed);
        let all = if roles.contains(&"org-admin") { &[INGEST, EDIT][..] } else { &[] };
        self.permissions.iter().copied().chain(by_role).chain(all.iter().copied()).collect()
    }
}

/// Fills the realm with accounts, by hand, and with roles and groups.
async fn fill(world: &World, database: &Database, count: usize) -> Vec<Known> {
    let (mut roles, mut groups) = (Vec::<RoleId>::new(), Vec::<GroupId>::new());
    for (name, allowed, _) in ROLES {
        let permissions = actions(&[allowed]);
        roles.push(step!(world, work, work.new_role(name, "", &permissions)).unwrap().id);
    }
    let held = vec![roles[2]];
    groups.push(step!(world, work, work.new_group("inner", "", &[])).unwrap().0.id);
    groups.push(step!(world, work, work.new_group("outer", "", &held)).unwrap().0.id);
    let (inner, outer, editors) = (groups[0], groups[1], roles[1]);
    step!(world, work, work.add_to_group(&GroupType::Users, outer, Member::Group(inner), None)).unwrap();
    let robots = step!(world, work, work.all_groups()).unwrap()[1].id;
    step!(world, work, work.assign_roles(&[Holder::Group(robots)], &[editors])).unwrap();

    let known: Vec<Known> = (0..count).map(Known::nth).collect();
    let key = |n: usize| uuid::Uuid::from_u128(0x7000_8000_0000_0000_0000 + n as u128);
    let (mut accounts, mut members, mut assigned) = (Vec::new(), Vec::new(), Vec::new());
    for (n, one) in known.iter().enumerate() {
        let kind = if one.is_robot { "service" } else { "user" };
        let said: Vec<_> =
            one.permissions.iter().map(|name| format!(r#"{{"effect":"allow","actions":["{name}"],"resources":["*"]}}"#)).collect();
        let Known { id, name, description, .. } = one;
        let (key, folded, said) = (key(n), id.to_lowercase(), said.join(","));
        accounts.push(format!("('acme', '{key}', '{id}', '{folded}', '{kind}', '{name}', 1, '[{said}]', '{{}}', 1, {n}, '{description}')"));
        let at = |name: &str| if name == "inner" { inner } else { outer };
        members.extend(one.groups.iter().map(|group| format!("('acme', '{key}', '{}')", at(group))));
        let at = |name: &str| roles[ROLES.iter().position(|(role, ..)| *role == name).unwrap()];
        assigned.extend(one.roles.iter().map(|role| format!("('acme', 'account', '{key}', '{}', 0)", at(role))));
    }
    for (into, rows) in [
        ("account (realm_id, key, id, id_folded, kind, name, active, statements, attributes, version, created_at, description)", accounts),
        ("group_member (realm_id, account_key, group_id)", members),
        ("role_assignment (realm_id, holder_kind, holder_id, role_id, created_at)", assigned),
    ] {
        for some in rows.chunks(1_000) {
            database.by_hand(&format!("INSERT INTO {into} VALUES {}", some.join(", "))).await.unwrap();
        }
    }
    let others = [
        Known { id: "ada@acme.example".to_owned(), name: "Ada Lind".to_owned(), groups: vec!["operators"], ..Known::default() },
        Known { id: "ben@acme.example".to_owned(), name: "Ben".to_owned(), ..Known::default() },
        Known { id: "sa::app".to_owned(), is_robot: true, name: "The app".to_owned(), ..Known::default() },
    ];
    known.into_iter().chain(others).collect()
}

fn matched(field: AccountField, how: Matching, values: &[&str]) -> AccountMatch {
    AccountMatch { field, values: values.iter().map(|value| (*value).to_owned()).collect(), how, negated: false }
}

/// Whether an account is what one match asks for, by going through what is known of it.
fn is_meant(known: &Known, matched: &AccountMatch) -> bool {
    let texts: Vec<&str> = match matched.field {
        AccountField::Id => vec![&known.id],
        AccountField::Name => vec![&known.name],
        AccountField::Description => vec![&known.description],
        AccountField::Role => known.roles.clone(),
        AccountField::Group => known.groups(),
        AccountField::UnitedRole => known.united_roles(),
        AccountField::Permission => known.permissions.clone(),
        AccountField::UnitedPermission => known.united_permissions(),
        AccountField::Any => [vec![known.id.as_str(), &known.name, &known.description], known.roles.clone(), known.groups()].concat(),
    };
    let has = |text: &str, value: &str| {
        let (lower, folded) = (text.to_ascii_lowercase(), value.to_ascii_lowercase());
        match matched.how {
            Matching::Contains => lower.contains(&folded),
            Matching::StartsWith => lower.starts_with(&folded),
            Matching::Exact => text == value || (folded.starts_with("sa::") && text == folded),
        }
    };
    texts.iter().any(|text| matched.values.iter().any(|value| has(text, value))) != matched.negated
}

/// Accounts from which on not every page is looked at.
const MANY: usize = 1_000;

/// Every answer, page by page, is the naive one.
async fn check(world: &World, known: &[Known], kinds: &[AccountKind], matches: Vec<AccountMatch>) -> usize {
    let mut expected: Vec<&Known> = known
        .iter()
        .filter(|one| kinds.contains(if one.is_robot { &AccountKind::Service } else { &AccountKind::User }))
        .filter(|one| matches.iter().all(|matched| is_meant(one, matched)))
        .collect();
    expected.sort_by_key(|one| one.id.to_lowercase());
    let last = expected.len().saturating_sub(3);
    let pages = match known.len() > MANY {
        true => vec![(2, 100)],
        false => vec![(0, 5), (2, 100), (last, 2), (last, 3), (expected.len(), 4)],
    };
    for order in [Order::Ascending, Order::Descending] {
        for &(offset, limit) in &pages {
            let query = AccountQuery { kinds: kinds.to_vec(), matches: matches.clone(), order, offset, limit };
            let asked = query.clone();
            let found = step!(world, work, work.search_accounts(&asked)).unwrap();
            let told: Vec<_> = found.items.iter().map(|view| view.account.id.as_str()).collect();
            let wanted: Vec<_> = expected.iter().skip(offset).take(limit).map(|one| one.id.as_str()).collect();
            assert_eq!((told, found.more), (wanted, expected.len() > offset + limit), "{query:?}");
            for view in &found.items {
                let one = known.iter().find(|one| one.id == view.account.id.as_str()).unwrap();
                let groups: BTreeSet<_> = view.groups.iter().map(|group| group.name.as_str()).collect();
                assert_eq!(groups, one.groups().into_iter().collect(), "{}", one.id);
                assert_eq!(view.may(EDIT, world.now()), one.united_permissions().contains(&EDIT), "{}", one.id);
            }
        }
        expected.reverse();
    }
    expected.len()
}

const BOTH: [AccountKind; 2] = [AccountKind::User, AccountKind::Service];

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_what_a_walk_through_all_accounts_gives() {
    use AccountField::{Any, Description, Group, Id, Name, Permission, Role, UnitedPermission, UnitedRole};
    use Matching::{Contains, Exact, StartsWith};
    on_both(|database| async move {
        let world = World::open(&database).await;
        let known = fill(&world, &database, 5_000).await;
        for (matched, some) in [
            (matched(Id, Contains, &["DEV12"]), true),
            (matched(Id, StartsWith, &["SA::bot-1", "ben@"]), true),
            (matched(Id, StartsWith, &["ot-1"]), false),
            (matched(Id, Exact, &["Dev2@acme.example", "SA::BOT-7", "nobody"]), true),
            (matched(Id, Exact, &["DEV2@acme.example"]), false),
            (matched(Id, Exact, &[]), false),
            (matched(Id, Contains, &["%", "_", "!", "\0", &"x".repeat(2_000)]), false),
            (matched(Name, Contains, &["n_l"]), true),
            (matched(Name, Contains, &["n%l"]), false),
            (matched(Name, Exact, &["BEN 1"]), true),
            (matched(Name, Exact, &["ben 1"]), false),
            (matched(Description, Contains, &["50%"]), true),
            (matched(Description, StartsWith, &["A 50% ÄR"]), true),
            (matched(Role, Exact, &["Readers"]), true),
            (matched(Role, Contains, &["%_ED!"]), true),
            (matched(Role, Exact, &["nested"]), false),
            (matched(UnitedRole, Exact, &["nested"]), true),
            (matched(UnitedRole, StartsWith, &["100%", "read"]), true),
            (matched(Group, Exact, &["outer"]), true),
            (matched(Group, Exact, &["Service Accounts"]), true),
            (matched(Group, Contains, &["every"]), true),
            (matched(Permission, Exact, &[INGEST]), true),
            (matched(Permission, Exact, &[EDIT, "nonsense"]), false),
            (matched(UnitedPermission, Exact, &[EDIT]), true),
            (matched(UnitedPermission, Exact, &[INGEST, EDIT]), true),
            (matched(Any, Contains, &["OUTER", "bot-49"]), true),
            (matched(Any, Exact, &["Readers", "BEN 2", "sa::BOT-14"]), true),
        ] {
            for negated in [false, true] {
                let matches = vec![AccountMatch { negated, ..matched.clone() }];
                let found = check(&world, &known, &BOTH, matches).await;
                assert_eq!(found > 0, some || negated, "{matched:?}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_asked_must_hold_and_of_the_kinds_asked_for() {
    use AccountField::{Group, Id, Role, UnitedPermission, UnitedRole};
    use Matching::{Contains, Exact};
    on_both(|database| async move {
        let world = World::open(&database).await;
        let known = fill(&world, &database, 700).await;
        for kinds in [&BOTH[..], &[AccountKind::User], &[AccountKind::Service]] {
            assert!(check(&world, &known, kinds, Vec::new()).await > 0);
            let both = vec![matched(Id, Contains, &["1"]), matched(Role, Exact, &["Readers"])];
            assert!(check(&world, &known, kinds, both).await > 0);
            let decided = vec![
                matched(UnitedPermission, Exact, &[EDIT]),
                AccountMatch { negated: true, ..matched(UnitedRole, Exact, &["nested"]) },
                AccountMatch { negated: true, ..matched(Group, Exact, &["inner"]) },
                matched(Id, Contains, &["5"]),
            ];
            check(&world, &known, kinds, decided).await;
        }
        // By the id of a role as by its name; and a search asks for no more than it may.
        let role = step!(world, work, work.all_roles()).unwrap().into_iter().find(|role| role.name == "Readers").unwrap().id.to_string();
        let ask = |matches| AccountQuery { kinds: BOTH.to_vec(), matches, order: Order::Ascending, offset: 0, limit: 1_000 };
        let query = ask(vec![matched(Role, Exact, &[&role])]);
        assert_eq!(step!(world, work, work.search_accounts(&query)).unwrap().items.len(), 175);
        for (matches, good) in [(50, true), (51, false)] {
            let query = ask(vec![matched(Id, Contains, &["1"]); matches]);
            assert_eq!(step!(world, work, work.search_accounts(&query)).is_ok(), good, "{matches}");
        }
        for (values, good) in [(1_000, true), (1_001, false)] {
            let query = ask(vec![matched(Id, Contains, &vec!["1"; values])]);
            let found = step!(world, work, work.search_accounts(&query));
            assert_eq!(matches!(found, Err(Refusal::Malformed(_))), !good, "{values}");
        }
        // Somebody may, as the decision engine says it.
        let managers = "wavefront:user_management";
        let query = ask(vec![matched(UnitedPermission, Exact, &[managers])]);
        let found = step!(world, work, work.search_accounts(&query)).unwrap();
        assert_eq!(found.items.iter().map(|view| view.account.id.as_str()).collect::<Vec<_>>(), ["ada@acme.example"]);
        assert!(found.items[0].may(action(managers).as_str(), world.now()));
    })
    .await;
}
