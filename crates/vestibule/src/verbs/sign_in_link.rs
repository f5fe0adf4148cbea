//! `vestibule sign-in-link`: the way into the console for whoever has nothing to sign in with.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{
    audit::Channel,
    id::{AccountId, RealmId},
};
use vestibule_operations::Operations;

use crate::{
    cli::SignInLinkFlags,
    exit::{Exit, Failure},
    print::Printer,
    setup,
};

/// Prints the link.
pub async fn run(flags: SignInLinkFlags, printer: Printer) -> Result<Exit, Failure> {
    let operations = setup::open_for_a_while(&flags.store).await?;
    let realm = flags.realm.filter(|_| !flags.staff).unwrap_or_else(RealmId::vendor);
    let link = make(&operations, &realm, &flags.account).await?;
    printer.data(format!("{}\n", link.expose_secret()).as_bytes())?;
    Ok(Exit::Done)
}

/// The address that signs an account in, once.
pub async fn make(operations: &Operations, realm: &RealmId, account: &AccountId) -> Result<SecretString, Failure> {
    let secret = operations.console_link(&operations.own_ctx(Channel::Cli), realm, account).await;
    let secret = secret.map_err(|refusal| Failure::new(format!("could not make a link for {account} of {realm}: {refusal}")))?;
    Ok(format!("{}/console/link/{}", operations.settings().public_url, secret.expose_secret()).into())
}
