//! A help desk, and customers to be handed over to it: what the tests of both begin with.

use secrecy::SecretString;
use vestibule_core::{
    contact::{Contact, ContactKind},
    contact_details::{Completeness, ContactDetails},
    customer::{Customer, CustomerId, CustomerKind, CustomerStatus},
    help_desk::{DeskSecret, DeskSettings},
    refusal::Refusal,
};
use vestibule_operations::{CustomerRef, CustomerRight, HandedOff, HandoffWish, NewCustomer, apply::Mode};

use crate::harness::{ADA, World, acme};

/// A portal that may hand over the contacts of `acct-1`, and nobody else's.
pub const PORTAL: &str = "portal-token-0123456789";
const PORTAL_MANIFEST: &str = r#"
[[realms]]
id = "acme"
[[realms.roles]]
name = "portal"
statements = [{ effect = "allow", actions = ["helpdesk:handoff", "customer:view"], resources = ["customer:customer/item/acct-1"] }]
[[realms.accounts]]
id = "sso_app"
kind = "service"
roles = ["portal"]
credentials = [{ type = "token", secret = "portal-token-0123456789" }, { type = "password", secret = "s3cr3t-of-the-app" }]
"#;

pub const SECRET: &str = "Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv";
pub const DANA: &str = "dana.reyes@example.net";

macro_rules! step {
    ($world:expr, $work:ident, $step:expr) => {
        $world.work(move |mut $work| Box::pin(async move { $step.await })).await
    };
}
pub(crate) use step;

pub fn numbered(number: &str) -> CustomerRef {
    CustomerRef::ByNumber(number.to_owned())
}

/// Dana, by her name and this address.
pub fn details(email: &str) -> ContactDetails {
    let mut details = ContactDetails::default();
    details.name.first = "Dana".to_owned();
    details.name.last = "Reyes".to_owned();
    details.media.email1 = email.to_owned();
    details
}

/// What of a hand-off is asked for when nothing more is said.
pub fn technical(number: &str) -> HandoffWish {
    HandoffWish { customer: numbered(number), contact: ContactKind::Technical, on_behalf_of: None, return_to: None }
}

impl World {
    /// The portal and its rights.
    pub async fn with_portal(&self) {
        self.apply(PORTAL_MANIFEST, Mode::Act).await.unwrap();
    }

    /// A help desk with one secret, which signs.
    pub async fn with_desk(&self) -> DeskSecret {
        self.set_desk(DeskSettings::at("acme")).await;
        self.new_secret(SECRET).await
    }

    pub async fn set_desk(&self, settings: DeskSettings) {
        step!(self, work, work.put_help_desk(settings, None)).unwrap();
    }

    /// Brings in a secret and activates it.
    pub async fn new_secret(&self, value: &str) -> DeskSecret {
        let value = SecretString::from(value);
        self.work(move |mut work| {
            Box::pin(async move {
                let id = work.add_desk_secret(&value).await?.id;
                work.activate_desk_secret(id).await
            })
        })
        .await
        .unwrap()
    }

    pub async fn customer(&self, number: &str) -> Customer {
        let wish = NewCustomer {
            id: None,
            number: Some(number.parse().unwrap()),
            name: None,
            kind: CustomerKind::Individual,
            status: CustomerStatus::Open,
            department: None,
            currency: Default::default(),
            partner_account_id: None,
        };
        step!(self, work, work.create_customer(wish)).unwrap()
    }

    /// The customer of this id as it is stored now, in steps of Ada's.
    pub async fn write_contact(&self, customer: &Customer, kind: ContactKind, email: &str) -> Result<Contact, Refusal> {
        let (customer, details) = (customer.clone(), details(email));
        step!(self, work, work.write_contact(&customer, kind, details, Completeness::Partial, None))
    }

    /// Asks for a customer the way a door does, in Ada's name, and changes its status.
    pub async fn set_status(&self, id: CustomerId, status: CustomerStatus) {
        let pass = self.pass(ADA, CustomerRef::ById(id), CustomerRight::Administer).await.unwrap();
        let change = vestibule_operations::CustomerChange { status: Some(status), ..Default::default() };
        let done = self.work(move |mut work| {
            Box::pin(async move {
                let customer = work.customer(&pass).await?;
                work.change_customer(customer, change, None).await
            })
        });
        done.await.unwrap();
    }

    pub async fn pass(&self, token: &str, which: CustomerRef, right: CustomerRight) -> Result<vestibule_operations::CustomerPass, Refusal> {
        let ctx = self.bearer(token).await.unwrap();
        self.ops.customer_pass(&ctx, &acme(), which, right).await
    }

    /// Says by hand that a contact's address is theirs, as the link in a letter would.
    pub async fn verify(&self, database: &crate::databases::Database, customer: &Customer, kind: ContactKind) {
        let sql = format!("UPDATE contact SET email_verified = 1 WHERE customer_id = {} AND kind = '{kind}'", customer.id);
        database.by_hand(&sql).await.unwrap();
    }

    /// A customer with a technical contact whose address is verified.
    pub async fn ready(&self, database: &crate::databases::Database, number: &str) -> Customer {
        let customer = self.customer(number).await;
        self.write_contact(&customer, ContactKind::Technical, DANA).await.unwrap();
        self.verify(database, &customer, ContactKind::Technical).await;
        customer
    }

    pub async fn hand_off(&self, token: &str, wish: HandoffWish) -> Result<HandedOff, Refusal> {
        let ctx = self.bearer(token).await.unwrap();
        self.ops.hand_off(&ctx, &acme(), wish).await
    }
}
