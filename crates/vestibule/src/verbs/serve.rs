//! `vestibule serve`: the server, from its flags to its end.

use tokio::net::TcpListener;
use vestibule_operations::Operations;

use super::apply;
use crate::{
    cli::ServeFlags,
    exit::{Exit, Failure},
    listen,
    print::Printer,
    setup,
};

/// Serves until it is told to stop. The address is taken before the database is touched, and
/// answered on once manifests are applied.
pub async fn run(flags: ServeFlags, printer: Printer) -> Result<Exit, Failure> {
    let manifests = flags.manifests.iter().map(|path| setup::manifest(path, printer)).collect::<Result<Vec<_>, _>>()?;
    let (listener, address) = listen::bind(flags.listen).await?;
    let transport = setup::transport(&flags.mail, &flags.store.data_dir)?;
    let mut open = setup::open_settings(&flags.store, Some(format!("http://{address}")), transport)?;
    open.operator_token = flags.operator_token_file.as_deref().map(setup::token_file).transpose()?;
    open.settings.session_limit_s = flags.session_limit;
    open.settings.token_lifetime_s = flags.token_lifetime;
    let operations = setup::open(open).await?;
    for manifest in &manifests {
        apply::before_serving(&operations, manifest).await?;
    }
    until_told(operations, listener, || printer.line(&format!("listening on http://{address}"))).await
}

/// Serves until SIGTERM or SIGINT. `ready` runs when everything stands.
pub async fn until_told(
    operations: Operations,
    listener: TcpListener,
    ready: impl FnOnce() -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    let stop = listen::stop_signal()?;
    let workers = operations.start_workers();
    ready()?;
    let all_finished = listen::serve(listener, vestibule_server::router(operations), stop).await;
    if !all_finished {
        tracing::warn!(limit_s = listen::FINISH_TIMEOUT.as_secs(), "some requests were cut off: they took too long to finish");
    }
    workers.stop().await;
    tracing::info!("stopped");
    Ok(Exit::Done)
}
