//! Accounts, memberships and credentials of a manifest.

use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Thing},
    authorship::Authorship,
    credential::{Credential, CredentialKind},
    department::Seat,
    id::{AccountId, AccountKey},
    policy::Statement,
    refusal::Refusal,
    role::Holder,
};
use vestibule_store::Place;

use crate::{
    apply::Difference,
    manifest::{AccountEntry, CredentialEntry, StaffEntry},
    unit_of_work::UnitOfWork,
};

impl UnitOfWork<'_> {
    pub(super) async fn apply_account(&mut self, wished: &AccountEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let statements: Vec<Statement> = wished.permissions.iter().cloned().map(Statement::allow_everywhere).collect();
        let seat = Seat::new(wished.home_department.clone(), wished.foreign_departments.clone());
        let wish = Wish { id: &wished.id, kind: wished.kind, name: &wished.name, statements, attributes: wished.attributes.clone(), seat };
        let (key, label) = self.ensure_account(wish, difference).await?;
        self.apply_assignments(Holder::Account(key), &label, &wished.roles, difference).await?;
        self.apply_memberships((key, wished.kind), &label, &wished.groups, difference).await?;
        self.apply_credentials(key, &label, &wished.credentials, difference).await
    }

    /// One of the vendor's people; what rights they have is for each realm to say.
    pub(super) async fn apply_person(&mut self, wished: &StaffEntry, difference: &mut Difference) -> Result<(), Refusal> {
        let wish = Wish {
            id: &wished.email,
            kind: AccountKind::User,
            name: &wished.name,
            statements: Vec::new(),
            attributes: Default::default(),
            seat: Seat::default(),
        };
        let (key, label) = self.ensure_account(wish, difference).await?;
        self.apply_credentials(key, &label, &wished.credentials, difference).await
    }

    async fn ensure_account(&mut self, wish: Wish<'_>, difference: &mut Difference) -> Result<(AccountKey, String), Refusal> {
        let label = format!("account {}/{}", self.realm.id, wish.id);
        let stored = self.tx.find_account_named(&wish.id.folded()).await?;
        let (account, action) = match stored {
            Some(account) if wish.is_met_by(&account) => return Ok((account.key, label)),
            Some(account) => {
                difference.changed(label.clone());
                let authorship = account.authorship.changed(self.ctx.author(), self.now());
                (wish.amend(Account { authorship, ..account }), Action::AccountUpdated)
            }
            None => {
                difference.added(label.clone());
                let fresh = Account {
                    key: AccountKey::fresh(self.now(), &self.ctx.chance),
                    id: wish.id.clone(),
                    kind: wish.kind,
                    name: String::new(),
                    description: String::new(),
                    active: true,
                    ends_at: None,
                    statements: Vec::new(),
                    attributes: Default::default(),
                    version: 0,
                    created_at: self.now(),
                    profile: Default::default(),
                    seat: Default::default(),
                    authorship: Authorship::made_by(self.ctx.author()),
                };
                (wish.amend(fresh), Action::AccountCreated)
            }
        };
        self.tx.save_account(&account).await?;
        let draft = self.draft(action, Thing::new("account", account.key.to_string())).with_data("kind", account.kind.as_str());
        self.tx.record(draft.with_sealed("target.name", account.key.to_string(), account.id.as_str()));
        Ok((account.key, label))
    }

    async fn apply_memberships(
        &mut self,
        (account, kind): (AccountKey, AccountKind),
        label: &str,
        names: &[String],
        difference: &mut Difference,
    ) -> Result<(), Refusal> {
        let current = self.tx.list_groups_of(account).await?;
        for name in names.iter().filter(|name| current.iter().all(|group| group.name != **name)) {
            let group = self.tx.find_group_named(name).await?.ok_or(Refusal::Absent("group"))?;
            match group.system {
                // It is in it by its kind, and nothing is kept of that.
                Some(system) if system.kind() == kind => continue,
                _ => group.check_ordinary()?,
            }
            self.tx.set_member(account, group.id, Place::In(None)).await?;
            difference.added(format!("{label}: group {name}"));
            let draft = self.draft(Action::GroupMemberAdded, Thing::new("group", group.id.to_string()));
            self.tx.record(draft.with_data("account", account.to_string()));
        }
        for group in current.iter().filter(|group| !names.contains(&group.name)) {
            self.tx.set_member(account, group.id, Place::Out).await?;
            difference.removed(format!("{label}: group {}", group.name));
            let draft = self.draft(Action::GroupMemberRemoved, Thing::new("group", group.id.to_string()));
            self.tx.record(draft.with_data("account", account.to_string()));
        }
        Ok(())
    }

    /// Gives an account exactly these credentials. One whose secret changed is revoked and made anew.
    async fn apply_credentials(
        &mut self,
        account: AccountKey,
        label: &str,
        wished: &[CredentialEntry],
        difference: &mut Difference,
    ) -> Result<(), Refusal> {
        let mut left = self.tx.list_credentials(account).await?;
        let mut missing = Vec::new();
        for entry in wished {
            let at = self.position(account, &left, entry).await?;
            let stored = at.map(|at| left.remove(at));
            match stored {
                Some(stored) if self.is_unchanged(&stored, &entry.proof).await? => {
                    if stored.name != entry.name || stored.scope != entry.scope || stored.redirect_uris != entry.redirect_uris {
                        difference.changed(format!("{label}: {}", shown(&stored)));
                        let (scope, redirect_uris) = (entry.scope.clone(), entry.redirect_uris.clone());
                        let changed = Credential { name: entry.name.clone(), scope, redirect_uris, ..stored };
                        self.tx.update_credential(&changed).await?;
                        let draft = self.draft(Action::CredentialUpdated, Thing::new("credential", changed.id.to_string()));
                        self.tx.record(draft.with_change(["name", "scope", "redirect_uris"]));
                    }
                }
                stored => {
                    left.extend(stored);
                    missing.push(entry);
                }
            }
        }
        for gone in &left {
            difference.removed(format!("{label}: {}", shown(gone)));
            self.revoke_credential(gone).await?;
        }
        for entry in missing {
            let kept = self.kept(&entry.proof);
            difference.added(format!("{label}: {}", words(kept.kind, kept.public_id.as_deref(), &entry.name)));
            self.add_credential(account, &entry.name, &entry.proof, entry.scope.clone(), entry.redirect_uris.clone()).await?;
        }
        Ok(())
    }

    /// Where among an account's credentials the one stands that a manifest speaks of.
    async fn position(&mut self, account: AccountKey, among: &[Credential], entry: &CredentialEntry) -> Result<Option<usize>, Refusal> {
        let kept = self.kept(&entry.proof);
        let Some(lookup) = kept.lookup else {
            return Ok(among.iter().position(|credential| credential.kind == CredentialKind::Password));
        };
        let id = self.tx.has_credential(account, &lookup).await?;
        Ok(among.iter().position(|credential| Some(credential.id) == id))
    }
}

/// What a manifest says of an account's own row.
struct Wish<'a> {
    id: &'a AccountId,
    kind: AccountKind,
    name: &'a str,
    statements: Vec<Statement>,
    attributes: std::collections::BTreeMap<String, serde_json::Value>,
    seat: Seat,
}

impl Wish<'_> {
    fn is_met_by(&self, account: &Account) -> bool {
        account.kind == self.kind
            && account.name == self.name
            && account.active
            && account.statements == self.statements
            && account.attributes == self.attributes
            && account.seat == self.seat
    }

    fn amend(self, account: Account) -> Account {
        Account {
            kind: self.kind,
            name: self.name.to_owned(),
            active: true,
            statements: self.statements,
            attributes: self.attributes,
            seat: self.seat,
            version: account.version + 1,
            ..account
        }
    }
}

/// A credential as a difference shows it: its kind, and its public id or name.
fn shown(credential: &Credential) -> String {
    words(credential.kind, credential.public_id.as_deref(), &credential.name)
}

fn words(kind: CredentialKind, public_id: Option<&str>, name: &str) -> String {
    match public_id.unwrap_or(name) {
        "" => kind.to_string(),
        known => format!("{kind} {known}"),
    }
}
