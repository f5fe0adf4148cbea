//! A unit of work: one realm, one transaction, one instant. Its methods are the steps that a door can
//! take; those of each aggregate stand in its own file.

use std::sync::Arc;

use vestibule_core::{
    audit::{Action, Draft, Thing},
    rate_limit::RateLimit,
    realm::Realm,
    refusal::Refusal,
    time::Timestamp,
};
use vestibule_store::Tx;

use crate::{context::Ctx, operations::House};

/// The steps that can be taken in one transaction on one realm.
pub struct UnitOfWork<'t> {
    pub(crate) tx: &'t mut Tx,
    pub(crate) ctx: Ctx,
    pub(crate) realm: Realm,
    pub(crate) house: Arc<House>,
}

/// How long an idempotency key is remembered, in seconds: a day.
const REPLY_KEPT_S: i64 = 86_400;

impl<'t> UnitOfWork<'t> {
    pub(crate) fn new(tx: &'t mut Tx, ctx: Ctx, realm: Realm, house: Arc<House>) -> Self {
        Self { tx, ctx, realm, house }
    }

    /// The unit's instant.
    pub fn now(&self) -> Timestamp {
        self.ctx.now
    }

    /// The realm as it stood when the unit began, with what the unit changed since.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Refuses a realm that has not switched support access on.
    pub fn support_enabled(&self) -> Result<(), Refusal> {
        match self.realm.support.enabled {
            true => Ok(()),
            false => Err(Refusal::SupportOff),
        }
    }

    /// Begins an event of this unit.
    pub(crate) fn draft(&self, action: Action, target: Thing) -> Draft {
        self.ctx.draft(action, target, Some(self.realm.support.list_id))
    }

    /// Spends a call. It is counted even when a later step refuses; a refused call is not.
    pub async fn spend(&mut self, limit: RateLimit) -> Result<(), Refusal> {
        self.spend_as(limit, limit.name).await
    }

    /// The same, counted for one of those whom the limit is about.
    pub(crate) async fn spend_for(&mut self, limit: RateLimit, whom: &str) -> Result<(), Refusal> {
        self.spend_as(limit, &format!("{}:{whom}", limit.name)).await
    }

    async fn spend_as(&mut self, limit: RateLimit, name: &str) -> Result<(), Refusal> {
        let now = self.now();
        let mut calls = self.tx.counted_calls(name).await?;
        let has_moved = calls.settle(&limit, now);
        let spent = calls.spend(&limit, now);
        if spent.is_ok() || has_moved {
            self.tx.count_calls(name, &calls).await?;
            self.tx.keep().await?;
        }
        spent
    }

    /// The reply that this caller's idempotency key stands for, if it was used before with the same request;
    /// with another one it is refused.
    pub async fn replayed(&mut self, key: &str, request_digest: [u8; 32]) -> Result<Option<Vec<u8>>, Refusal> {
        match self.tx.find_reply(&self.ctx.caller_name(), key).await? {
            None => Ok(None),
            Some((digest, reply)) if digest == request_digest => Ok(Some(reply)),
            Some(_) => Err(Refusal::KeyReused),
        }
    }

    /// Remembers a reply under this caller's idempotency key for a day, in this transaction.
    pub async fn remember(&mut self, key: &str, request_digest: [u8; 32], reply: &[u8]) -> Result<(), Refusal> {
        let until = self.now().plus_seconds(REPLY_KEPT_S);
        Ok(self.tx.save_reply(&self.ctx.caller_name(), key, &request_digest, reply, until).await?)
    }
}
