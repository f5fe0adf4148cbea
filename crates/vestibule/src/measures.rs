//! The recorder of measures: what all crates record goes here, and `GET /metrics` shows it.

use std::{sync::Arc, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinHandle;
use vestibule_server::measures::Render;

use crate::exit::Failure;

/// Upper ends of the buckets of durations, in seconds: decisions take microseconds, mail servers seconds.
const SECONDS: [f64; 16] = [5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 0.1, 0.5, 2.5, 10.0];
/// Upper ends of the buckets of units in one commit.
const UNITS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// How often recorded durations are sorted into their buckets. Until then each takes 8 bytes.
const UPKEEP_PERIOD: Duration = Duration::from_secs(1);

/// The installed recorder.
pub struct Recorder(PrometheusHandle);

impl Recorder {
    /// Installs the recorder. Handles that were made before stay silent, so this comes first.
    ///
    /// # Errors
    /// There is one already.
    pub fn install() -> Result<Self, Failure> {
        let failed = |error: &metrics_exporter_prometheus::BuildError| Failure::because("could not set up metrics", error);
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).map_err(|error| failed(&error))?;
        let builder = builder.set_buckets_for_metric(Matcher::Full("vestibule_commit_units".to_owned()), &UNITS);
        let handle = builder.map_err(|error| failed(&error))?.install_recorder().map_err(|error| failed(&error))?;
        metrics::describe_gauge!("vestibule_build_info", "1; the version is a label.");
        metrics::gauge!("vestibule_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self(handle))
    }

    /// Writes what was measured so far.
    pub fn render(&self) -> Render {
        let handle = self.0.clone();
        Arc::new(move || handle.render())
    }

    /// Keeps what was recorded small, whether or not anybody asks for it.
    pub fn keep_up(&self) -> JoinHandle<()> {
        let handle = self.0.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP_PERIOD).await;
                handle.run_upkeep();
            }
        })
    }
}
