//! Inviting people: a letter with a link, and what comes of following it.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    account::{Account, AccountKind, AccountStanding, Profile},
    account_invitation::{AccountInvitation, AccountInvitationStanding},
    audit::{Action, Thing},
    authorship::Authorship,
    credential::Password,
    id::{AccountId, AccountInvitationId, AccountKey, RealmId, RoleId},
    principal::Principal,
    refusal::{Fault, Malformed, Refusal},
    role::Holder,
    scope::Scopes,
    time::Timestamp,
};
use vestibule_store::{Page, PageRequest};

use crate::{
    context::{AccountCaller, Caller, Ctx},
    notify::JoinLetter,
    operations::Operations,
    passwords::HashedPassword,
    policies::check_cursor,
    unit_of_work::UnitOfWork,
};

/// Who is to be invited, and as what.
#[derive(Debug, Clone)]
pub struct PersonWish {
    /// The address; the account will go by it.
    pub email: AccountId,
    /// What is known of the person.
    pub profile: Profile,
    /// The roles that the account will hold.
    pub roles: Vec<RoleId>,
    /// When the account's access will end.
    pub ends_at: Option<Timestamp>,
    /// Until when the invitation may be accepted; absent: as long as is usual.
    pub expires_at: Option<Timestamp>,
}

/// An open invitation as its link's bearer sees it.
#[derive(Debug, Clone)]
pub struct OpenInvitation {
    /// The realm's name.
    pub realm_name: String,
    /// The address that is invited.
    pub email: AccountId,
    /// The person's name.
    pub name: String,
    /// Until when it may be accepted.
    pub expires_at: Timestamp,
}

/// A link from a letter. `Debug` leaves the secret out.
#[derive(Debug, Clone)]
pub struct JoinLink {
    /// The realm.
    pub realm: RealmId,
    /// The invitation.
    pub id: AccountInvitationId,
    /// What proves that its bearer got the letter.
    pub secret: SecretString,
}

/// Longest secret that is looked at, in bytes; ours have 43.
const SECRET_BYTES_MAX: usize = 128;
/// What an invitation's secret is hashed as.
const LOOKUP: &str = "join";

impl UnitOfWork<'_> {
    /// Invites a person and sends the link. Refuses an address that has an account, and roles that are not
    /// there.
    pub async fn invite_person(&mut self, wish: PersonWish) -> Result<AccountInvitation, Refusal> {
        let expires_at = wish.expires_at.unwrap_or_else(|| self.now().plus_seconds(AccountInvitation::LIFETIME_S_DEFAULT));
        AccountInvitation::check_terms(&wish.roles, wish.ends_at, expires_at, self.now())?;
        for role in &wish.roles {
            self.role(*role).await?;
        }
        if self.tx.find_account_named(&wish.email.folded()).await?.is_some() {
            return Err(Refusal::Exists("user"));
        }
        let invitation = AccountInvitation {
            id: AccountInvitationId::fresh(self.now(), &self.ctx.chance),
            email: wish.email,
            profile: wish.profile,
            roles: wish.roles,
            ends_at: wish.ends_at,
            expires_at,
            accepted_at: None,
            is_for_account: false,
            account: None,
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.send_link(&invitation).await?;
        Ok(invitation)
    }

    /// Sends a user who has no password yet a link to choose one. Whoever has one, or may not act, is refused.
    pub async fn ask_for_password(&mut self, key: AccountKey) -> Result<(), Refusal> {
        let user = self.account_of_kind(key, AccountKind::User, "user").await?;
        if self.tx.find_password(key).await?.is_some() {
            return Err(Refusal::Conflict { what: "user", state: "has chosen a password" });
        }
        self.send_password_link(user, AccountInvitation::LIFETIME_S_DEFAULT).await
    }

    /// Sends a user a link to choose the first password, good for a day. Whoever has chosen one needs none, and gets
    /// none.
    pub async fn send_activation(&mut self, key: AccountKey) -> Result<(), Refusal> {
        let user = self.account_of_kind(key, AccountKind::User, "user").await?;
        match self.tx.find_password(key).await? {
            Some(_) => Ok(()),
            None => self.send_password_link(user, AccountInvitation::ACTIVATION_LIFETIME_S).await,
        }
    }

    async fn send_password_link(&mut self, user: Account, lifetime_s: i64) -> Result<(), Refusal> {
        if user.standing(self.now()) != AccountStanding::Active {
            return Err(Refusal::Conflict { what: "user", state: "has no access" });
        }
        let key = user.key;
        let email = AccountInvitation::check_email(user.id.as_str());
        let email = email.map_err(|_| Refusal::Conflict { what: "user", state: "goes by no e-mail address" })?;
        let invitation = AccountInvitation {
            id: AccountInvitationId::fresh(self.now(), &self.ctx.chance),
            email,
            profile: user.profile,
            roles: Vec::new(),
            ends_at: None,
            expires_at: self.now().plus_seconds(lifetime_s),
            accepted_at: None,
            is_for_account: true,
            account: Some(key),
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        self.send_link(&invitation).await
    }

    async fn send_link(&mut self, invitation: &AccountInvitation) -> Result<(), Refusal> {
        let secret = self.ctx.chance.secret();
        let lookup = self.tx.sealer().lookup(LOOKUP, secret.expose_secret());
        self.tx.insert_account_invitation(invitation, lookup).await?;
        let target = Thing::new("account_invitation", invitation.id.to_string());
        let mut draft = self.draft(Action::AccountInvited, target).with_data("expires_at", invitation.expires_at.to_string());
        if let Some(account) = invitation.account {
            draft = draft.with_data("account", account.to_string());
        }
        let roles: Vec<String> = invitation.roles.iter().map(ToString::to_string).collect();
        let draft = draft.with_data("roles", roles.join(" "));
        self.tx.record(draft.with_sealed("target.name", invitation.id.to_string(), invitation.email.as_str()));
        let letter = JoinLetter {
            to: invitation.email.as_str(),
            realm: &self.realm.id,
            realm_name: &self.realm.name,
            until: invitation.expires_at,
            invitation: invitation.id,
            secret: &secret,
            public_url: &self.house.settings.public_url,
        };
        let letter = letter.write().map_err(|error| {
            tracing::error!(%error, "the letter of a person's invitation could not be written");
            Refusal::Internal
        })?;
        self.enqueue(letter).await
    }

    /// A page of people's invitations, newest first, whatever became of them.
    pub async fn person_invitations(&mut self, page: PageRequest) -> Result<Page<AccountInvitation>, Refusal> {
        check_cursor::<AccountInvitationId>(&page)?;
        Ok(self.tx.page_account_invitations(page).await?)
    }

    /// One of them.
    pub async fn person_invitation(&mut self, id: AccountInvitationId) -> Result<AccountInvitation, Refusal> {
        let found = self.tx.find_account_invitation(id).await?;
        found.filter(|invitation| !invitation.is_for_account).ok_or(Refusal::Absent("invitation"))
    }

    /// The open invitation behind a link; what is not open is as absent as what never was.
    async fn by_link(&mut self, link: &JoinLink) -> Result<AccountInvitation, Refusal> {
        let secret = link.secret.expose_secret();
        let lookup = self.tx.sealer().lookup(LOOKUP, secret);
        let found = match secret.len() <= SECRET_BYTES_MAX {
            true => self.tx.find_account_invitation_by_link(link.id, &lookup).await?,
            false => None,
        };
        let now = self.now();
        found.filter(|invitation| invitation.standing(now) == AccountInvitationStanding::Open).ok_or(Refusal::Absent("invitation"))
    }

    async fn join(&mut self, link: &JoinLink, password: HashedPassword) -> Result<Account, Refusal> {
        let invitation = self.by_link(link).await?;
        let account = match invitation.account {
            Some(key) => self.account_of_kind(key, AccountKind::User, "user").await?,
            None => self.new_person(&invitation).await?,
        };
        // From here on it is the person who acts.
        self.ctx.caller = Caller::Account(Arc::new(AccountCaller {
            principal: Arc::new(self.principal_of(&account)),
            credential: None,
            scope: None,
            scopes: Scopes::All,
        }));
        let authorship = match invitation.is_for_account {
            true => account.authorship,
            false => Authorship::made_by(invitation.authorship.created_by),
        };
        let account = Account { authorship, ..account };
        let accepted = invitation.accept(account.key, self.now())?;
        if !accepted.is_for_account {
            self.tx.save_account(&account).await?;
        }
        self.tx.update_account_invitation(&accepted).await?;
        let draft = self.draft(Action::AccountJoined, Thing::new("account", account.key.to_string()));
        let draft = draft.with_data("invitation", accepted.id.to_string());
        self.tx.record(draft.with_sealed("target.name", account.key.to_string(), account.id.as_str()));
        for role in &accepted.roles {
            // A role that has gone since is nobody's to give.
            if self.tx.find_role(*role).await?.is_some() && self.tx.find_attachment(Holder::Account(account.key), *role).await?.is_none() {
                self.attach(*role, Holder::Account(account.key)).await?;
            }
        }
        self.set_password(account.key, password).await?;
        Ok(account)
    }

    /// The account that an invitation asks for; refused when its address has got one since.
    async fn new_person(&mut self, invitation: &AccountInvitation) -> Result<Account, Refusal> {
        if self.tx.find_account_named(&invitation.email.folded()).await?.is_some() {
            return Err(Refusal::Exists("user"));
        }
        Ok(Account {
            key: AccountKey::fresh(self.now(), &self.ctx.chance),
            id: invitation.email.clone(),
            kind: AccountKind::User,
            name: invitation.profile.full_name(),
            description: String::new(),
            active: true,
            ends_at: invitation.ends_at,
            statements: Vec::new(),
            attributes: Default::default(),
            profile: invitation.profile.clone(),
            seat: Default::default(),
            version: 1,
            created_at: self.now(),
            authorship: Authorship::default(),
        })
    }

    fn principal_of(&self, account: &Account) -> Principal {
        Principal {
            realm: self.realm.id.clone(),
            key: account.key,
            id: account.id.clone(),
            kind: account.kind,
            name: account.name.clone(),
            active: account.active,
            ends_at: account.ends_at,
            attributes: account.attributes.clone(),
            rights: Default::default(),
            session: None,
        }
    }
}

impl Operations {
    /// What a link's bearer is asked to accept; whatever cannot be accepted is absent.
    pub async fn open_invitation(&self, ctx: &Ctx, link: &JoinLink) -> Result<OpenInvitation, Refusal> {
        let (realm, link) = (link.realm.clone(), link.clone());
        self.read(ctx, &realm, move |mut work| {
            Box::pin(async move {
                let invitation = work.by_link(&link).await?;
                Ok(OpenInvitation {
                    realm_name: work.realm.name.clone(),
                    email: invitation.email,
                    name: invitation.profile.full_name(),
                    expires_at: invitation.expires_at,
                })
            })
        })
        .await
    }

    /// Accepts an invitation by its link, once, with a password that its bearer chose.
    pub async fn accept_invitation(&self, ctx: &Ctx, link: JoinLink, password: SecretString) -> Result<Account, Refusal> {
        Password::check(password.expose_secret())?;
        // Hashing is dear: nobody is made to wait for it without a link that is good now.
        self.open_invitation(ctx, &link).await?;
        let hash = self.hash_password(password).await?;
        let realm = link.realm.clone();
        self.write(ctx, &realm, move |mut work| Box::pin(async move { work.join(&link, hash).await })).await
    }
}

/// Reads what came in a link; what cannot be one of ours is absent.
pub fn read_link(realm: &str, id: &str, secret: &str) -> Result<JoinLink, Refusal> {
    let absent = |_: Malformed| Refusal::Absent("invitation");
    let empty = || Malformed::new("secret", Fault::Empty);
    let secret = Some(secret).filter(|secret| !secret.is_empty()).ok_or_else(empty).map_err(absent)?;
    Ok(JoinLink { realm: realm.parse().map_err(absent)?, id: id.parse().map_err(absent)?, secret: SecretString::from(secret) })
}
