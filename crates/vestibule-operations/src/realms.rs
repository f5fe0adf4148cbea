//! Making and changing realms.

use std::sync::Arc;

use uuid::Uuid;
use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Channel, Thing},
    authorship::Authorship,
    chance::Chance,
    credential::CredentialKind,
    group::{Group, SystemGroup},
    id::{AccountKey, RealmId, RoleId, SupportListId},
    policy::{ActionPattern, Statement},
    realm::{Realm, SupportSettings},
    refusal::{Refusal, Unauthenticated},
    role::{BuiltIn, Role},
    support::{Admitter, SessionEnd},
};
use vestibule_store::{KeyFit, Page, PageRequest, Tx};

use crate::{
    context::{Caller, Ctx, NO_CUSTOMER, Right},
    operations::{House, Operations},
    unit_of_work::UnitOfWork,
};

/// The operator's account in the vendor's realm.
const OPERATOR: &str = "operator";

/// A realm to be made.
#[derive(Debug, Clone)]
pub struct NewRealm {
    /// Its slug.
    pub id: RealmId,
    /// Shown to people.
    pub name: String,
    /// Made up when absent.
    pub organization_id: Option<Uuid>,
    /// The feature switch.
    pub support_enabled: bool,
    /// The vendor's domain.
    pub staff_domain: String,
}

/// What is to change of a realm; absent: it stays.
#[derive(Debug, Clone, Default)]
pub struct RealmChange {
    /// Shown to people.
    pub name: Option<String>,
    /// The feature switch.
    pub support_enabled: Option<bool>,
    /// The vendor's domain.
    pub staff_domain: Option<String>,
}

impl Operations {
    /// The caller's own realm, or a page of all for operators.
    pub async fn realms(&self, ctx: &Ctx, page: PageRequest) -> Result<Page<Realm>, Refusal> {
        let own = match &ctx.caller {
            Caller::Nobody => return Err(Unauthenticated::Missing.into()),
            Caller::Customer(_) => return Err(NO_CUSTOMER),
            Caller::System => RealmId::vendor(),
            Caller::Account(account) => account.principal.realm.clone(),
        };
        ctx.allow(Right::AdministerRealm, &own)?;
        match own.is_vendor() {
            true => self.0.store.list_realms(&ctx.moment(), page).await,
            false => {
                let realm = self.read(ctx, &own, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
                Ok(Page { items: vec![realm], next: None })
            }
        }
    }

    /// Whether there is such a realm: what anybody may ask who looks for its decision point.
    pub async fn has_realm(&self, ctx: &Ctx, realm: &RealmId) -> Result<bool, Refusal> {
        match self.read(ctx, realm, |_| Box::pin(std::future::ready(Ok(())))).await {
            Ok(()) => Ok(true),
            Err(Refusal::Absent(_)) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    /// Makes a realm; for operators. One whose slug or organization is taken is refused.
    pub async fn create_realm(&self, ctx: &Ctx, wish: NewRealm) -> Result<Realm, Refusal> {
        ctx.allow(Right::AdministerRealm, &RealmId::vendor())?;
        let (owned, house) = (ctx.clone(), self.0.house.clone());
        let id = wish.id.clone();
        self.0.store.write(&id, ctx.moment(), move |tx| Box::pin(make_realm(tx, owned, house, wish))).await
    }

    /// Makes the vendor's realm on first start. Says whether it was made under our master key.
    pub(crate) async fn ensure_vendor(&self) -> Result<KeyFit, Refusal> {
        let (ctx, house, vendor) = (self.own_ctx(Channel::Cli), self.0.house.clone(), RealmId::vendor());
        let wish = NewRealm {
            id: RealmId::vendor(),
            name: "Vendor".to_owned(),
            organization_id: None,
            support_enabled: false,
            staff_domain: SupportSettings::STAFF_DOMAIN_DEFAULT.to_owned(),
        };
        let owned = ctx.clone();
        let made = self.0.store.write(&vendor, ctx.moment(), move |tx| Box::pin(make_realm(tx, owned, house, wish)));
        match made.await {
            Ok(_) => Ok(KeyFit::Opens),
            Err(Refusal::Exists(_)) => {
                self.0.store.read(&vendor, ctx.moment(), |tx| Box::pin(async move { Ok(tx.key_fit().await?) })).await
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Whether the operator's account has a token, of this start or of an earlier one.
    pub async fn has_operator_token(&self) -> Result<bool, Refusal> {
        let ctx = self.own_ctx(Channel::Cli);
        self.read(&ctx, &RealmId::vendor(), |mut work| Box::pin(async move { work.has_operator_token().await })).await
    }

    /// Makes the operator's account, with this token and no other.
    pub(crate) async fn ensure_operator(&self, token: String) -> Result<(), Refusal> {
        let ctx = self.own_ctx(Channel::Cli);
        self.write(&ctx, &RealmId::vendor(), |mut work| Box::pin(async move { work.ensure_operator(&token).await })).await
    }
}

/// A realm with its log and its built-in roles.
pub(crate) async fn make_realm(tx: &mut Tx, ctx: Ctx, house: Arc<House>, wish: NewRealm) -> Result<Realm, Refusal> {
    let now = ctx.now;
    let realm = Realm {
        id: wish.id,
        name: wish.name,
        organization_id: wish.organization_id.unwrap_or_else(|| ctx.chance.uuid(now)),
        departmentalization: false,
        support: SupportSettings {
            list_id: SupportListId::fresh(now, &ctx.chance),
            enabled: wish.support_enabled,
            staff_domain: wish.staff_domain,
            listed: false,
        },
        version: 1,
        created_at: now,
    };
    if tx.find_realm().await?.is_some() || !tx.insert_realm(&realm).await? {
        return Err(Refusal::Exists("realm"));
    }
    tx.create_log(&house.settings.log_origin(&realm.id)).await?;
    for built_in in BuiltIn::ALL {
        let (id, name) = (RoleId::fresh(now, &ctx.chance), built_in.name().to_owned());
        let (statements, managed, authorship) = (built_in.statements(), built_in.managed(), Authorship::default());
        let role = Role { id, name, description: String::new(), statements, managed, version: 1, created_at: now, authorship };
        tx.save_role(&role).await?;
    }
    make_system_groups(tx, &ctx.chance, &realm).await?;
    let draft = ctx.draft(Action::RealmCreated, Thing::new("realm", realm.id.to_string()), None);
    tx.record(draft.with_data("organization", realm.organization_id.to_string()));
    if realm.support.enabled {
        tx.record(ctx.draft(Action::SupportEnabled, Thing::new("support", realm.support.list_id.to_string()), None));
    }
    Ok(realm)
}

/// The groups that the realm keeps, those of them that it lacks: a server of before made realms without.
pub(crate) async fn make_system_groups(tx: &mut Tx, chance: &Chance, realm: &Realm) -> Result<Vec<Group>, Refusal> {
    let there: Vec<_> = tx.list_groups().await?.into_iter().filter_map(|group| group.system).collect();
    let mut made = Vec::new();
    for system in SystemGroup::ALL.into_iter().filter(|system| !there.contains(system)) {
        let group = system.group(realm.created_at, chance);
        tx.save_group(&group).await?;
        made.push(group);
    }
    Ok(made)
}

impl UnitOfWork<'_> {
    /// Changes the realm's settings. Switching support off ends the sessions that rest on its list.
    /// `seen` is the version that the caller read: another one is refused.
    pub async fn update_realm(&mut self, change: RealmChange, seen: Option<i64>) -> Result<Realm, Refusal> {
        if seen.is_some_and(|seen| seen != self.realm.version) {
            return Err(Refusal::Stale { current: self.realm.version });
        }
        let before = self.realm.clone();
        let support = SupportSettings {
            enabled: change.support_enabled.unwrap_or(before.support.enabled),
            staff_domain: change.staff_domain.unwrap_or_else(|| before.support.staff_domain.clone()),
            ..before.support.clone()
        };
        let after = Realm { name: change.name.unwrap_or_else(|| before.name.clone()), support, ..before.clone() };
        if after == before {
            return Ok(before);
        }
        self.realm = Realm { version: before.version + 1, ..after };
        self.tx.save_realm(&self.realm).await?;
        self.record_realm_change(&before);
        if before.support.enabled && !self.realm.support.enabled {
            for entry in self.tx.list_invitations().await? {
                let by = Admitter::Invitation(entry.id);
                self.end_sessions_resting_on(by, SessionEnd::SupportDisabled).await?;
            }
        }
        Ok(self.realm.clone())
    }

    fn record_realm_change(&mut self, before: &Realm) {
        let (was, is) = (&before.support, &self.realm.support);
        let named = [("name", before.name != self.realm.name), ("staff_domain", was.staff_domain != is.staff_domain)];
        let fields: Vec<_> = named.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect();
        if !fields.is_empty() {
            let draft = self.draft(Action::RealmUpdated, Thing::new("realm", self.realm.id.to_string()));
            self.tx.record(draft.with_change(fields));
        }
        if was.enabled != is.enabled {
            let action = if is.enabled { Action::SupportEnabled } else { Action::SupportDisabled };
            let draft = self.draft(action, Thing::new("support", is.list_id.to_string()));
            self.tx.record(draft);
        }
    }

    async fn has_operator_token(&mut self) -> Result<bool, Refusal> {
        match self.tx.find_account_named(OPERATOR).await? {
            Some(account) if account.active => Ok(!self.tx.list_credentials(account.key).await?.is_empty()),
            Some(_) | None => Ok(false),
        }
    }

    /// The operator's account, allowed everything in the vendor's realm, with this token and no other.
    async fn ensure_operator(&mut self, token: &str) -> Result<(), Refusal> {
        let id = OPERATOR.parse()?;
        let account = match self.tx.find_account_named(OPERATOR).await? {
            Some(account) => account,
            None => {
                let account = Account {
                    key: AccountKey::fresh(self.now(), &self.ctx.chance),
                    id,
                    kind: AccountKind::Service,
                    name: "Operator".to_owned(),
                    description: String::new(),
                    active: true,
                    ends_at: None,
                    statements: vec![Statement::allow_everywhere(ActionPattern::All)],
                    attributes: Default::default(),
                    version: 1,
                    created_at: self.now(),
                    profile: Default::default(),
                    seat: Default::default(),
                    authorship: Authorship::made_by(self.ctx.author()),
                };
                self.tx.save_account(&account).await?;
                let draft = self.draft(Action::AccountCreated, Thing::new("account", account.key.to_string()));
                self.tx.record(draft.with_data("kind", "service"));
                account
            }
        };
        let lookup = self.tx.sealer().lookup(CredentialKind::Token.as_str(), token);
        if self.tx.has_credential(account.key, &lookup).await?.is_some() {
            return Ok(());
        }
        for old in self.tx.list_credentials(account.key).await? {
            self.revoke_credential(&old).await?;
        }
        self.add_token(account.key, "operator", token, None).await
    }
}
