//! What the server does by itself: deliver mail, sign checkpoints, write down when credentials were used. Workers wake when something is
//! due and look again now and then, so that nothing another process left behind is forgotten.

use std::{collections::BTreeSet, time::Duration};

use tokio::{sync::watch, task::JoinHandle};
use vestibule_core::{audit::Channel, id::RealmId, refusal::Refusal};

use crate::operations::Operations;

/// How often the outbox is looked at when nobody says that mail is due.
const MAIL_PERIOD: Duration = Duration::from_secs(1);
/// How often checkpoints are signed for logs that have grown (`spec/audit-log.md`, section 6).
const CHECKPOINT_PERIOD: Duration = Duration::from_secs(1);

/// How often it is written down when credentials were last used.
const USES_PERIOD: Duration = Duration::from_secs(20);

/// The running workers.
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Lets each worker finish what it is at, and stops them. A mail server that takes too long is not waited for.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a worker did not end well");
            }
        }
    }
}

impl Operations {
    /// Starts the workers.
    pub fn start_workers(&self) -> Workers {
        let (stop, stopped) = watch::channel(false);
        let tasks = vec![
            tokio::spawn(deliver_mail(self.clone(), stopped.clone())),
            tokio::spawn(sign_checkpoints(self.clone(), stopped.clone())),
            tokio::spawn(save_uses(self.clone(), stopped)),
        ];
        Workers { stop, tasks }
    }
}

async fn deliver_mail(operations: Operations, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match operations.deliver_due_mail_until(&stop).await {
            // There may be more than one round holds.
            Ok(tried) if tried > 0 => continue,
            Ok(_) => {}
            Err(refusal) => tracing::error!(%refusal, "the outbox cannot be read"),
        }
        tokio::select! {
            () = operations.0.store.mail_is_due() => {}
            () = tokio::time::sleep(MAIL_PERIOD) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn sign_checkpoints(operations: Operations, mut stop: watch::Receiver<bool>) {
    let ctx = operations.own_ctx(Channel::Timer);
    let mut due: BTreeSet<RealmId> = match operations.0.store.list_unsigned_logs(&ctx.moment()).await {
        Ok(realms) => realms.into_iter().collect(),
        Err(refusal) => {
            tracing::error!(%refusal, "the logs cannot be read");
            BTreeSet::new()
        }
    };
    loop {
        due.extend(operations.0.store.take_grown_logs());
        let mut grown = std::mem::take(&mut due);
        while let Some(realm) = grown.pop_first() {
            let ctx = operations.own_ctx(Channel::Timer);
            match operations.sign_if_due(&ctx, &realm).await {
                Ok(signed) if signed.is_behind() => drop(due.insert(realm)),
                Ok(_) => {}
                Err(refusal) => {
                    tracing::error!(%refusal, realm.id = %realm, "a checkpoint could not be signed");
                    due.insert(realm);
                    if refusal == Refusal::Unavailable {
                        // The others would find it no better: they wait with this one.
                        due.append(&mut grown);
                    }
                }
            }
        }
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(CHECKPOINT_PERIOD) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Goes on once more after it was told to stop, so that nothing noted is lost.
async fn save_uses(operations: Operations, mut stop: watch::Receiver<bool>) {
    loop {
        let is_last = *stop.borrow();
        if let Err(refusal) = operations.0.store.save_uses(&operations.own_ctx(Channel::Timer).moment()).await {
            tracing::warn!(%refusal, "it could not be written down when credentials were used");
        }
        if is_last {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(USES_PERIOD) => {}
            _ = stop.changed() => {}
        }
    }
}
