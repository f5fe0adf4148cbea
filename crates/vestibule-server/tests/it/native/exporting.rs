//! The export as its reader meets it: whole and of a known length, or a refusal.

use vestibule_core::audit;

use super::log_size;
use crate::harness::{ADA, Start, on_both};

const EXPORT: &str = "/v1/realms/acme/audit/export?disclosures=true";

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_its_length_and_one_that_cannot_be_made_is_refused() {
    on_both(|start| async move {
        let data_dir = start.database.folder().join("data");
        std::fs::create_dir(&data_dir).unwrap();
        let server = Start { data_dir: Some(data_dir.clone()), ..start }.run().await;
        let size = log_size(&server).await;
        std::fs::remove_dir_all(&data_dir).unwrap();
        let refused = server.get(EXPORT, ADA).await;
        assert_eq!(refused.expect(503)["type"], "urn:vestibule:problem:unavailable");
        assert!(refused.header("retry-after").is_some());
        assert_eq!(log_size(&server).await, size, "no event tells of an export");

        std::fs::create_dir(&data_dir).unwrap();
        let note = server.get("/v1/realms/acme/audit/checkpoint", ADA).await.text();
        let whole = server.get(EXPORT, ADA).await;
        whole.expect_status(200);
        assert_eq!(whole.header("content-length"), Some(whole.body.len().to_string().as_str()));
        assert_eq!((whole.header("content-type"), whole.header("cache-control")), (Some("application/x-tar"), Some("no-store")));
        assert_eq!(whole.header("content-disposition"), Some("attachment; filename=\"acme-audit.tar\""));
        let report = audit::verify(&whole.body, &[], Some(&note), &audit::Options::default());
        assert_eq!((report.exit_code(), report.size), (0, size));
        assert_eq!(log_size(&server).await, size + 1);
        server.stop().await;
    })
    .await;
}
