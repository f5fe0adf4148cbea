//! Traces: spans of requests, units of work and deliveries, sent to a collector by OTLP over HTTP. This is the one file
//! that knows OpenTelemetry. Spans wait in a bounded queue and are sent by a thread of their own: a collector that is
//! slow or gone costs spans, and never a request.

use std::{path::PathBuf, time::Duration};

use axum::http::HeaderMap;
use clap::Args;
use opentelemetry::{Context, KeyValue, propagation::TextMapPropagator, trace::TracerProvider};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
    trace::SdkTracerProvider,
};
use tokio::runtime::Handle;
use tracing::{Span, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};
use vestibule_operations::TRACES;

use crate::{
    collector::Collector,
    exit::{Exit, Failure},
    tls,
};

/// The path that collectors take traces on (OTLP over HTTP).
const PATH: &str = "/v1/traces";
/// How long one batch may take, tries and the waits between them included.
const BATCH_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the end of the server waits for the last spans to be sent.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Where traces go.
#[derive(Debug, Args)]
pub struct TraceFlags {
    /// Send traces to this collector, by OTLP over HTTP: `http://` or `https://`, and `/v1/traces` is put behind it.
    /// Nothing is traced when absent
    #[arg(long, env = "VESTIBULE_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Certificates to trust beside the public ones, in PEM
    #[arg(long, env = "VESTIBULE_OTLP_CA_FILE", value_name = "FILE", requires = "otlp_endpoint")]
    pub otlp_ca_file: Option<PathBuf>,
}

/// A way to a collector.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Prepares to send where the flags say, if they do; nothing is sent yet. Batches are sent on `runtime`.
    ///
    /// # Errors
    /// The endpoint is not one that can be sent to, or the certificates cannot be read.
    pub fn open(flags: &TraceFlags, runtime: Handle) -> Result<Option<Self>, Failure> {
        let Some(endpoint) = flags.otlp_endpoint.as_deref() else { return Ok(None) };
        let trusted = flags.otlp_ca_file.as_deref().map_or(Ok(Vec::new()), tls::certificates)?;
        let refuse = |error: &(dyn std::error::Error + 'static)| {
            Failure::because(format!("cannot send traces to `{endpoint}`"), error)
                .hint("write it as `http://127.0.0.1:4318`")
                .exit(Exit::Usage)
        };
        let base = endpoint.trim_end_matches('/');
        let url = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
        let collector = Collector::at(&url, &trusted, runtime).map_err(|error| refuse(&error))?;
        let exporter =
            SpanExporter::builder().with_http().with_http_client(collector).with_endpoint(url).with_timeout(BATCH_TIMEOUT).build();
        let resource = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector))
            .with_attributes([KeyValue::new("service.name", "vestibule"), KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))])
            .with_detector(Box::new(EnvResourceDetector::new()))
            .build();
        let provider = SdkTracerProvider::builder().with_resource(resource);
        Ok(Some(Self(provider.with_batch_exporter(exporter.map_err(|error| refuse(&error))?).build())))
    }

    /// Takes the spans that are meant to be collected, and nothing of the log.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("vestibule"))
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(TRACES, LevelFilter::TRACE))
    }

    /// Sends what waits, for [`FLUSH_TIMEOUT`] at most.
    pub async fn flush(self) {
        // It blocks its thread until the last batch is sent, by this very runtime.
        let sent = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FLUSH_TIMEOUT)).await;
        if !matches!(sent, Ok(Ok(()))) {
            tracing::warn!("the last traces may not have reached the collector");
        }
    }
}

/// Makes `span` the child of the one that the headers name, sampled or not as they say (W3C Trace Context).
pub fn go_on(span: &Span, headers: &HeaderMap) {
    let remote = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    // It fails only where nobody collects.
    let _ = span.set_parent(remote);
}
