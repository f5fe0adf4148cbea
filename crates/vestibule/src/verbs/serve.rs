//! `vestibule serve`: the server, from its flags to its end.

use std::path::Path;

use tokio::{net::TcpListener, sync::watch};
use vestibule_operations::Operations;
use vestibule_server::{
    DoorSettings,
    measures::{self, Render},
};

use super::apply;
use crate::{
    cli::ServeFlags,
    exit::{Exit, Failure},
    listen::{self, Listening},
    measures::Recorder,
    print::Printer,
    setup,
    tls::Tls,
    traces::{self, Traces},
};

/// Serves until it is told to stop. The address is taken before the database is touched, and
/// answered on once manifests are applied.
pub async fn run(flags: ServeFlags, traces: Option<Traces>, printer: Printer) -> Result<Exit, Failure> {
    let manifests = flags.manifests.iter().map(|path| setup::manifest(path)).collect::<Result<Vec<_>, _>>()?;
    let recorder = Recorder::install()?;
    let (listener, address) = listen::bind(flags.listen).await?;
    let encrypted = match flags.tls.all() {
        Some((address, certificate, key)) => {
            let tls = Tls::load(certificate, key)?;
            let (listener, address) = listen::bind(address).await?;
            Some((listener, address, tls))
        }
        None => None,
    };
    let measured = match flags.metrics_listen {
        Some(address) => Some(listen::bind(address).await?),
        None => None,
    };
    let transport = setup::transport(&flags.mail, &flags.store.data_dir)?;
    let mut open = setup::open_settings(&flags.store, Some(format!("http://{address}")), transport)?;
    open.operator_token = flags.operator_token_file.as_deref().map(setup::operator_token).transpose()?;
    open.settings.session_limit_s = flags.session_limit;
    open.settings.token_lifetime_s = flags.token_lifetime;
    let operations = setup::open(open).await?;
    tell_of_operator_token(&operations, flags.operator_token_file.as_deref()).await;
    for manifest in &manifests {
        apply::before_serving(&operations, manifest).await?;
    }
    let mut lines = vec![format!("listening on http://{address}")];
    lines.extend(encrypted.iter().map(|(_, address, _)| format!("listening on https://{address}")));
    lines.extend(measured.iter().map(|(_, address)| format!("metrics on http://{address}{}", measures::PATH)));
    let doors = Doors {
        listener,
        encrypted: encrypted.map(|(listener, _, tls)| (listener, tls)),
        measured: measured.map(|(one, _)| one),
        traced: traces.is_some(),
        settings: flags.dialects.settings(),
    };
    let exit = until_told(operations, doors, recorder, || printer.line(&lines.join("\n"))).await;
    if let Some(traces) = traces {
        traces.flush().await;
    }
    exit
}

/// Warns of a token that more people have than may. One that is no longer named stays good: servers and verbs that are
/// started without the flag must not take it from those that have it.
async fn tell_of_operator_token(operations: &Operations, file: Option<&Path>) {
    match file {
        Some(file) if setup::others_may_read(file) => {
            tracing::warn!(file = %file.display(), "others may read the operator's token: chmod 600, and write another one");
        }
        None if operations.has_operator_token().await == Ok(true) => {
            tracing::warn!("the operator's token of an earlier start is still good: docs/operations.md says how to retire it");
        }
        Some(_) | None => {}
    }
}

/// The sockets that are served.
pub struct Doors {
    /// Everything, in the clear.
    pub listener: TcpListener,
    /// Everything, encrypted.
    pub encrypted: Option<(TcpListener, Tls)>,
    /// Metrics; absent: they stand with everything else.
    pub measured: Option<TcpListener>,
    /// Whether requests are traced.
    pub traced: bool,
    /// What dialects leave to their operator.
    pub settings: DoorSettings,
}

impl Doors {
    fn open(self, operations: Operations, render: Render) -> Vec<Listening> {
        let metrics = measures::router(operations.clone(), render);
        let everything = vestibule_server::Doors::open_with(operations, self.settings);
        let everything = if self.traced { everything.traced(traces::go_on) } else { everything };
        let (everything, apart) = match self.measured {
            Some(listener) => (everything, Some(Listening { listener, tls: None, doors: metrics.into() })),
            None => (everything.merge(metrics), None),
        };
        let encrypted = self.encrypted.map(|(listener, tls)| Listening { listener, tls: Some(tls), doors: everything.clone() });
        let plain = Listening { listener: self.listener, tls: None, doors: everything };
        [Some(plain), encrypted, apart].into_iter().flatten().collect()
    }
}

/// Serves until SIGTERM or SIGINT; SIGHUP reads the certificate anew. `ready` runs when everything stands.
pub async fn until_told(
    operations: Operations,
    doors: Doors,
    recorder: Recorder,
    ready: impl FnOnce() -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    let (stop, reload) = (listen::stop_signal()?, listen::reload_signal()?);
    let (told, stopped) = watch::channel(false);
    let (workers, upkeep) = (operations.start_workers(), recorder.keep_up());
    let reloads = tokio::spawn(reload_at(doors.encrypted.as_ref().map(|(_, tls)| tls.clone()), reload));
    let serving: Vec<_> = doors
        .open(operations.clone(), recorder.render())
        .into_iter()
        .map(|listening| tokio::spawn(listen::serve(listening, stopped.clone())))
        .collect();
    ready()?;
    stop.await;
    told.send_replace(true);
    operations.close();
    let mut all_finished = true;
    for door in serving {
        all_finished &= door.await.unwrap_or(false);
    }
    if !all_finished {
        tracing::warn!(limit_s = listen::FINISH_TIMEOUT.as_secs(), "some requests were cut off: they took too long to finish");
    }
    workers.stop().await;
    upkeep.abort();
    reloads.abort();
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Reads the certificate anew at each signal. One that cannot be used leaves the old one in its place.
async fn reload_at(tls: Option<Tls>, mut signals: tokio::signal::unix::Signal) {
    while signals.recv().await.is_some() {
        match tls.as_ref().map(Tls::reload) {
            None => tracing::info!("told to reload by SIGHUP: there is no certificate to read anew"),
            Some(Ok(())) => tracing::info!("the certificate was read anew"),
            Some(Err(failure)) => tracing::error!(error = failure.text, "the certificate was not read anew: the old one stays"),
        }
    }
}
