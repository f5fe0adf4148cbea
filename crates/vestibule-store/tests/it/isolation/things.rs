//! What a realm is filled with before a stranger looks.

use vestibule_core::{
    account::{Account, AccountKind},
    account_invitation::AccountInvitation,
    credential::{Credential, CredentialKind},
    factor::{Factor, FactorKind},
    group::Group,
    id::{AccountInvitationId, AccountKey, CredentialId, FactorId, InvitationId, LoginSessionId, MailId, RealmId, SignInId},
    resource_group::{GroupType, Member},
    role::{Holder, Role},
    sign_in::{ClientSignIn, LoginSession, SignInAsk, Signer},
    support::{Invitation, Invitee, SupportSession, Window},
};
use vestibule_store::{AccountDefaults, MailState, NewCredential, OutboxEntry, Place};

use crate::harness::{World, allow, told};

/// One of each thing that a realm can have. Names are the same in every realm, keys are not.
#[derive(Clone)]
pub struct Things {
    pub account: Account,
    pub visitor: Account,
    pub token: [u8; 32],
    pub credential: CredentialId,
    pub password: CredentialId,
    pub role: Role,
    pub inner: Group,
    pub outer: Group,
    pub invitation: Invitation,
    pub session: SupportSession,
    pub mail: OutboxEntry,
    pub plans: Group,
    pub asked: AccountInvitation,
    pub sign_in: ClientSignIn,
    pub login: LoginSession,
    pub factor: Factor,
}

pub fn plan() -> (GroupType, Member) {
    ("plan".parse().unwrap(), Member::Item("P1".parse().unwrap()))
}

/// A sign-in; who did is filled in later.
fn sign_in(world: &World) -> ClientSignIn {
    let (account, id) = (AccountKey::from_uuid(world.uuid()), CredentialId::from_uuid(world.uuid()));
    ClientSignIn {
        id: SignInId::from_uuid(world.uuid()),
        ask: SignInAsk {
            client: id,
            redirect_uri: "https://app.example/back".parse().unwrap(),
            scopes: "read write".parse().unwrap(),
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap(),
        },
        signer: Signer::Account { account, password: id },
        code_ends_at: world.now().plus_seconds(9),
        redeemed_at: None,
        revoked_at: None,
    }
}

impl Things {
    /// The sign-in and the session, as of the account and its credentials.
    pub fn sign_ins(&self) -> (ClientSignIn, LoginSession) {
        let ask = SignInAsk { client: self.credential, ..self.sign_in.ask.clone() };
        let signer = Signer::Account { account: self.account.key, password: self.password };
        (ClientSignIn { ask, signer, ..self.sign_in.clone() }, LoginSession { password: self.password, ..self.login.clone() })
    }

    pub fn of(world: &World, secret: &str) -> Self {
        let (account, visitor) = (world.account("ada", AccountKind::User), world.account("support::mia@here.com", AccountKind::Support));
        Self {
            token: world.lookup(secret),
            credential: CredentialId::from_uuid(world.uuid()),
            password: CredentialId::from_uuid(world.uuid()),
            role: world.role("reader", "config:retrieve"),
            inner: world.group("inner"),
            outer: world.group("outer"),
            invitation: Invitation {
                id: InvitationId::from_uuid(world.uuid()),
                invitee: Invitee::Person("mia@here.com".to_owned()),
                expires_at: None,
                created_at: world.now(),
            },
            session: world.session(&visitor),
            sign_in: sign_in(world),
            login: LoginSession {
                id: LoginSessionId::from_uuid(world.uuid()),
                account: account.key,
                password: CredentialId::from_uuid(world.uuid()),
                started_at: world.now(),
                seen_at: world.now(),
            },
            factor: Factor {
                id: FactorId::from_uuid(world.uuid()),
                account: account.key,
                kind: FactorKind::Totp,
                name: String::new(),
                step: 0,
                created_at: world.now(),
                last_used_at: None,
            },
            plans: world.group("plans"),
            asked: AccountInvitation {
                id: AccountInvitationId::from_uuid(world.uuid()),
                email: "ann@acme.example".parse().unwrap(),
                profile: Default::default(),
                roles: Vec::new(),
                ends_at: None,
                expires_at: world.now().plus_seconds(9),
                accepted_at: None,
                is_for_account: false,
                account: None,
                version: 1,
                created_at: world.now(),
                authorship: Default::default(),
            },
            mail: OutboxEntry {
                id: MailId::from_uuid(world.uuid()),
                to: "mia@here.com".to_owned(),
                subject: String::new(),
                text: String::new(),
                html: String::new(),
                state: MailState::Pending,
                attempts: 0,
                next_attempt_at: Some(world.now()),
                sent_at: None,
                last_error: None,
                created_at: world.now(),
            },
            account,
            visitor,
        }
    }

    pub fn credential(&self, kind: CredentialKind) -> NewCredential {
        let (id, lookup) = match kind {
            CredentialKind::Password => (self.password, None),
            _ => (self.credential, Some(self.token)),
        };
        let credential = Credential {
            id,
            account: self.account.key,
            kind,
            public_id: None,
            name: "main".to_owned(),
            scope: None,
            enabled: true,
            expires_at: None,
            created_at: self.account.created_at,
            last_used_at: None,
            redirect_uris: Vec::new(),
        };
        NewCredential { credential, lookup, secret: Vec::new() }
    }
}

/// Puts them into a realm.
pub async fn fill(world: &World, realm: &RealmId, things: &Things) {
    let (things, now, token) = (things.clone(), world.now(), things.token);
    let unit = world.write(realm, move |tx| {
        Box::pin(async move {
            tx.save_account(&things.account).await?;
            tx.save_account(&things.visitor).await?;
            assert!(tx.insert_credential(&things.credential(CredentialKind::Token)).await?);
            assert!(tx.insert_credential(&things.credential(CredentialKind::Password)).await?);
            let (sign_in, login) = things.sign_ins();
            tx.insert_sign_in(&sign_in, [8; 32], now.plus_seconds(9)).await?;
            tx.insert_login_session(&login, [7; 32]).await?;
            assert!(tx.insert_factor(&things.factor, b"shared", None).await?);
            tx.replace_recovery_codes(things.account.key, &[[6; 32]]).await?;
            tx.save_role(&things.role).await?;
            tx.save_group(&things.inner).await?;
            tx.save_group(&things.outer).await?;
            tx.set_member(things.account.key, things.inner.id, Place::In(None)).await?;
            tx.set_nested(things.inner.id, things.outer.id, Place::In(None)).await?;
            for holder in [Holder::Account(things.account.key), Holder::Group(things.inner.id), Holder::SupportStaff] {
                tx.assign_role(holder, things.role.id).await?;
            }
            tx.save_invitation(&things.invitation).await?;
            tx.save_window(&Window { ends_at: now.plus_seconds(9), statements: vec![allow("config:retrieve")], version: 1 }).await?;
            tx.save_session(&things.session).await?;
            tx.enqueue_mail(&things.mail).await?;
            let (of, item) = plan();
            tx.save_group_of(&of, &things.plans).await?;
            tx.set_place(&of, &item, things.plans.id, Place::In(None)).await?;
            tx.insert_account_invitation(&things.asked, [9; 32]).await?;
            tx.save_account_defaults(&AccountDefaults { groups: vec![things.inner.id], ..AccountDefaults::default() }).await?;
            tx.save_checkpoint(1, "a note").await?;
            tx.record(told());
            Ok(())
        })
    });
    unit.await.unwrap();
    let proven = world.store.find_proven(token, &world.moment()).await.unwrap();
    world.store.note_use(&proven.as_ref().unwrap().token, world.now());
    assert_eq!(world.store.save_uses(&world.moment()).await, Ok(1));
}
