//! Who asks, when, and over what: the context of one request, filled at the edge.

use std::{net::IpAddr, sync::Arc};

use vestibule_core::{
    account::AccountKind,
    audit::{Action, Actor, ActorKind, Channel, Draft, Org, RequestRef, SessionRef, Thing},
    chance::Chance,
    credential::ProjectScope,
    customer::CustomerId,
    id::{AccountKey, CredentialId, RealmId, SupportListId},
    policy::{Ask, ResourceId, Ruling},
    principal::Principal,
    refusal::{Refusal, Unauthenticated},
    scope::Scopes,
    support::{Admitter, SupportSession},
    time::Timestamp,
};
use vestibule_store::Moment;

/// Where a request came from, and what it calls itself.
#[derive(Debug, Clone)]
pub struct RequestOrigin {
    /// Names the request in logs and events.
    pub request_id: String,
    /// The caller's own name for what it is doing.
    pub correlation_id: Option<String>,
    /// The W3C trace id.
    pub trace: Option<String>,
    /// By which way it came.
    pub channel: Channel,
    /// The peer's address; sealed in the log.
    pub ip: Option<IpAddr>,
    /// The idempotency key; only its hash enters the log.
    pub idempotency_key: Option<String>,
}

impl RequestOrigin {
    /// The origin of what the server or the command line does by itself.
    pub fn own(channel: Channel, request_id: String) -> Self {
        Self { request_id, correlation_id: None, trace: None, channel, ip: None, idempotency_key: None }
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody who is known.
    Nobody,
    /// The server itself, or its operator at the command line.
    System,
    /// An account, or an agent inside a session.
    Account(Arc<AccountCaller>),
    /// A customer of a realm, at the doors that serve customers.
    Customer(Arc<CustomerCaller>),
}

/// An authenticated account.
#[derive(Debug, Clone)]
pub struct AccountCaller {
    /// The account and its rights.
    pub principal: Arc<Principal>,
    /// The credential that proved it.
    pub credential: Option<CredentialId>,
    /// The project scope that the token carries.
    pub scope: Option<ProjectScope>,
    /// What the token may be used for. Whether a person or a client calls is told by the principal's kind.
    pub scopes: Scopes,
}

impl AccountCaller {
    /// The session that the caller is inside of.
    pub fn session(&self) -> Option<&SupportSession> {
        self.principal.session.as_deref()
    }
}

/// An authenticated customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerCaller {
    /// Whose customer.
    pub realm: RealmId,
    /// Which.
    pub customer: CustomerId,
    /// What the token may be used for.
    pub scopes: Scopes,
}

impl CustomerCaller {
    /// What the log calls the customer, as it does where personal data of one is sealed.
    fn name(&self) -> String {
        format!("customer-{}", self.customer)
    }
}

/// What is said to a customer at a door that serves none.
pub(crate) const NO_CUSTOMER: Refusal = Refusal::ActorBarred { actor: "a customer" };

/// The context of one request. The clock was read once, when it was made.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who asks.
    pub caller: Caller,
    /// Now, for everything the request does.
    pub now: Timestamp,
    /// Where its ids and secrets come from.
    pub chance: Chance,
    /// Where it came from.
    pub origin: RequestOrigin,
}

/// A right that a route of ours asks for. The decision engine is the only thing that grants one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// See whom the realm lets in (`spec/here-support.md`, section 3.1).
    ReadAccountExecutives,
    /// Decide whom the realm lets in (`spec/here-support.md`, section 3.2).
    ManageAccountExecutives,
    /// Anything in the realm on the native API.
    AdministerRealm,
    /// Read the realm's log.
    RetrieveAudit,
}

impl Right {
    /// Each of them.
    pub(crate) const ALL: [Self; 4] =
        [Self::ReadAccountExecutives, Self::ManageAccountExecutives, Self::AdministerRealm, Self::RetrieveAudit];

    /// The action that is asked for.
    pub(crate) const fn action(self) -> &'static str {
        self.asks().0
    }

    /// The action, and the kind of thing it is asked on.
    const fn asks(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ReadAccountExecutives => ("account:readAccountExecutives", "account", "support"),
            Self::ManageAccountExecutives => ("account:manageAccountExecutives", "account", "support"),
            Self::AdministerRealm => ("realm:administer", "realm", "realm"),
            Self::RetrieveAudit => ("audit:retrieve", "audit", "log"),
        }
    }
}

impl Ctx {
    /// The same request, its caller known.
    #[must_use]
    pub fn as_caller(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    /// The account that asks.
    pub fn account(&self) -> Result<&Arc<AccountCaller>, Refusal> {
        match &self.caller {
            Caller::Account(account) => Ok(account),
            Caller::Nobody | Caller::System => Err(Unauthenticated::Missing.into()),
            Caller::Customer(_) => Err(NO_CUSTOMER),
        }
    }

    /// The caller's realm.
    pub fn realm(&self) -> Result<&RealmId, Refusal> {
        self.account().map(|account| &account.principal.realm)
    }

    /// Refuses a token that carries a project scope.
    pub fn unscoped(&self) -> Result<(), Refusal> {
        match self.account()?.scope {
            Some(_) => Err(Refusal::Scoped),
            None => Ok(()),
        }
    }

    /// Asks the decision engine for a right in a realm. A stranger gets the answer that an absent realm
    /// would give; operators, who are accounts of the vendor's realm, may be allowed in every realm.
    pub fn allow(&self, right: Right, realm: &RealmId) -> Result<(), Refusal> {
        let principal = match &self.caller {
            Caller::System => return Ok(()),
            Caller::Nobody => return Err(Unauthenticated::Missing.into()),
            Caller::Customer(_) => return Err(NO_CUSTOMER),
            Caller::Account(account) => &account.principal,
        };
        let (action, service, kind) = right.asks();
        let is_stranger = principal.realm != *realm;
        if is_stranger && !principal.realm.is_vendor() {
            return Err(Refusal::Absent("realm"));
        }
        let resource = ResourceId::item(service, kind, realm.as_str());
        match principal.decide(&Ask::new(action, resource.as_resource()), self.now) {
            Ruling::Allow { .. } => Ok(()),
            // Support staff have no rights of their own: to them every realm is absent.
            Ruling::Deny(_) if is_stranger => Err(Refusal::Absent("realm")),
            Ruling::Deny(because) => Err(Refusal::Forbidden { action: action.to_owned(), because }),
        }
    }

    /// In whose name rows are written; nobody's where the server or its operator acts.
    pub(crate) fn author(&self) -> Option<AccountKey> {
        match &self.caller {
            Caller::Account(account) => Some(account.principal.key),
            Caller::Nobody | Caller::System | Caller::Customer(_) => None,
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.now, chance: self.chance.clone() }
    }

    /// A name for the caller that limits and idempotency keys are kept under.
    pub(crate) fn caller_name(&self) -> String {
        match &self.caller {
            Caller::Nobody => "nobody".to_owned(),
            Caller::System => "system".to_owned(),
            Caller::Customer(customer) => format!("{}:{}", customer.realm, customer.name()),
            Caller::Account(account) => match account.session() {
                Some(session) => format!("session:{}", session.id),
                None => format!("{}:{}", account.principal.realm, account.principal.key),
            },
        }
    }

    /// Begins an event: who did it, for whom, in which session and request. Personal data is sealed
    /// under the actor's name. `list` is the realm's support list, on which sessions rest.
    pub(crate) fn draft(&self, action: Action, target: Thing, list: Option<SupportListId>) -> Draft {
        let request = RequestRef {
            id: self.origin.request_id.clone(),
            correlation: self.origin.correlation_id.clone(),
            trace: self.origin.trace.clone(),
            channel: self.origin.channel,
            idem: None,
        };
        let account = match &self.caller {
            Caller::Account(account) => account,
            Caller::Customer(customer) => {
                let actor = Actor { kind: ActorKind::Customer, id: customer.name(), org: Some(Org::Tenant) };
                return self.with_ip(Draft::new(action, actor, target).with_request(request), customer.name());
            }
            Caller::Nobody | Caller::System => return Draft::new(action, Actor::system(), target).with_request(request),
        };
        let principal = &account.principal;
        let (actor, name) = match account.session() {
            Some(session) => {
                (Actor { kind: ActorKind::Support, id: session.agent.to_string(), org: Some(Org::Vendor) }, session.agent_email.as_str())
            }
            None => {
                let kind = match principal.kind {
                    AccountKind::User => ActorKind::User,
                    AccountKind::Service => ActorKind::Service,
                    AccountKind::Support => ActorKind::Support,
                };
                let org = if principal.realm.is_vendor() { Org::Vendor } else { Org::Tenant };
                (Actor { kind, id: principal.key.to_string(), org: Some(org) }, principal.id.as_str())
            }
        };
        let subject = actor.id.clone();
        let draft = Draft::new(action, actor, target).with_request(request).with_sealed("actor.name", subject.clone(), name);
        let draft = self.with_ip(draft, subject);
        match (account.session(), list) {
            (Some(session), Some(list)) => draft
                .with_acting_for(Thing::new("account", principal.key.to_string()))
                .with_session(SessionRef { id: session.id, grant: grant_name(session.admitted_by), consent: list.to_string() }),
            _ => draft,
        }
    }

    /// The event with where its request came from, sealed as the subject's.
    fn with_ip(&self, draft: Draft, subject: String) -> Draft {
        match self.origin.ip {
            Some(ip) => draft.with_sealed("request.ip", subject, ip.to_string()),
            None => draft,
        }
    }
}

/// What a session rests on, as events name it: the target of an earlier event.
pub(crate) fn grant_name(admitter: Admitter) -> String {
    match admitter {
        Admitter::Invitation(id) => id.to_string(),
        Admitter::Window { .. } => "window".to_owned(),
    }
}
