//! A realm's log written out with what proves it, page by page into a file: a log may be larger than memory.
//!
//! Each page is a unit of work of its own. One for all of them would be one snapshot, which keeps
//! SQLite from beginning its WAL anew and PostgreSQL from clearing up, for as long as a large log
//! takes. None is needed: records are only added, and the checkpoint says how many belong to the
//! bundle. Two things may change below it meanwhile. A record that is redacted stands in the bundle
//! as its page found it, and is counted as it stands; if it was found redacted, the event that says
//! so lies behind the checkpoint, and only the next bundle has both. A person who is forgotten is
//! missing from the page on that is read next.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, SeekFrom},
    ops::Range,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use vestibule_core::{
    audit::{
        Action, BundleWriter, Thing,
        bundle::{About, FORMAT, Leaves, Policy, TooLarge},
        proof::RangeProof,
    },
    chance::Chance,
    id::RealmId,
    refusal::Refusal,
};
use vestibule_store::{LogPage, Steps, Tx, chain};

use crate::{context::Ctx, log::Signed, operations::Operations};

/// Most rows that are read and held at once. An event has at most 16 KiB, and most have one.
const PAGE_ROWS: usize = 1_000;

/// A bundle, whole, in a file.
#[derive(Debug)]
pub struct Exported {
    /// Stands at its first byte.
    pub file: File,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Why a log was not exported. No event says that it was.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log could not be read, or that it was exported not be recorded.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No file could be made to write it to.
    #[error("could not make a file in `{folder}`", folder = .folder.display())]
    Folder {
        /// Where.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file could not be written, such as on a disk that is full.
    #[error("could not write the bundle")]
    Write(#[source] io::Error),
    /// The log has outgrown the format.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// Logged here, once: a door tells whoever asked no more than that it cannot be done now.
impl From<ExportError> for Refusal {
    fn from(error: ExportError) -> Self {
        let refusal = match &error {
            // It was logged where it was met.
            ExportError::Refused(refusal) => return refusal.clone(),
            ExportError::Folder { .. } | ExportError::Write(_) => Self::Unavailable,
            ExportError::TooLarge(_) => Self::Internal,
        };
        tracing::error!(error = chain(&error), "a log could not be exported");
        refusal
    }
}

impl Operations {
    /// The whole log with what proves it, as a bundle (`spec/audit-log.md`, section 4.3), in a file without a name in the
    /// data directory. That it was exported is an event, and the first that the bundle does not hold.
    pub async fn export(&self, ctx: &Ctx, realm: &RealmId, with_disclosures: bool) -> Result<Exported, ExportError> {
        let (folder, chance) = (self.0.data_dir.clone(), ctx.chance.clone());
        let made = tokio::task::spawn_blocking(move || match nameless_file(&folder, &chance) {
            Ok(file) => Ok(file),
            Err(source) => Err(ExportError::Folder { folder, source }),
        });
        let file = made.await.unwrap_or(Err(Refusal::Internal.into()))?;
        self.export_into(ctx, realm, with_disclosures, file).await
    }

    /// The same into an empty file that can be read and written. What is in it after a refusal is no bundle.
    pub async fn export_into(&self, ctx: &Ctx, realm: &RealmId, with_disclosures: bool, file: File) -> Result<Exported, ExportError> {
        let Signed { note, size, .. } = self.covering(ctx, realm).await?;
        let exported = Export { operations: self, ctx, realm, size, file: file.into() }.write(&note, with_disclosures).await?;
        self.write(ctx, realm, move |work| {
            Box::pin(async move {
                let draft = work.draft(Action::AuditExported, Thing::new("log", "1"));
                work.tx.record(draft.with_data("size", size).with_data("disclosures", with_disclosures));
                Ok(())
            })
        })
        .await?;
        Ok(exported)
    }
}

/// A file without a name: whatever ends the process, nothing stays of it. The folder is not the one for temporary files,
/// which is in memory on many machines.
fn nameless_file(folder: &Path, chance: &Chance) -> io::Result<File> {
    let path = folder.join(format!("export-{:032x}.unfinished", u128::from_be_bytes(chance.bytes())));
    // Names and addresses may be in it.
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// How a page of a list is read.
type List<T> = for<'t> fn(&'t mut Tx, Range<u64>) -> Steps<'t, LogPage<T>>;

/// An export on its way.
struct Export<'a> {
    operations: &'a Operations,
    ctx: &'a Ctx,
    realm: &'a RealmId,
    /// What the checkpoint covers.
    size: u64,
    file: tokio::fs::File,
}

impl Export<'_> {
    async fn write(mut self, note: &str, with_disclosures: bool) -> Result<Exported, ExportError> {
        let mut leaves = self.begin(note).await?;
        self.fill(&mut leaves, |tx, range| Box::pin(async move { Ok(tx.list_leaves(range, PAGE_ROWS).await?) }), BundleWriter::put_leaf)
            .await?;
        let mut records = leaves.records()?;
        self.fill(
            &mut records,
            |tx, range| Box::pin(async move { Ok(tx.list_records(range, PAGE_ROWS).await?) }),
            BundleWriter::put_record,
        )
        .await?;
        let mut disclosures = records.disclosures()?;
        if with_disclosures {
            let list: List<_> = |tx, range| Box::pin(async move { Ok(tx.list_disclosures(range, PAGE_ROWS).await?) });
            self.fill(&mut disclosures, list, BundleWriter::put_disclosure).await?;
        }
        let (rest, patches) = disclosures.finish()?;
        self.append(&rest).await?;
        for patch in patches {
            self.file.seek(SeekFrom::Start(patch.at)).await.map_err(ExportError::Write)?;
            self.append(&patch.bytes).await?;
        }
        let bytes = self.file.seek(SeekFrom::End(0)).await.map_err(ExportError::Write)?;
        self.file.rewind().await.map_err(ExportError::Write)?;
        Ok(Exported { file: self.file.into_std().await, bytes })
    }

    async fn begin(&self, note: &str) -> Result<BundleWriter<Leaves>, ExportError> {
        let facts = self.operations.read(self.ctx, self.realm, |work| {
            Box::pin(async move { Ok((work.tx.head().await?.ok_or(Refusal::Internal)?.origin, work.tx.list_log_keys().await?)) })
        });
        let (origin, logs) = facts.await?;
        let made_by = concat!("vestibule ", env!("CARGO_PKG_VERSION")).to_owned();
        let about = About { format: FORMAT, origin, from: 0, to: self.size, redactions: 0, made_by };
        let (policy, range) = (Policy { logs, ..Policy::default() }, RangeProof { left: Vec::new(), right: Vec::new() });
        Ok(BundleWriter::begin(about, &policy, note, &BTreeMap::new(), &range)?)
    }

    /// Writes a list, page by page, each read in a unit of its own.
    async fn fill<T, L>(
        &mut self,
        writer: &mut BundleWriter<L>,
        list: List<T>,
        put: fn(&mut BundleWriter<L>, &T),
    ) -> Result<(), ExportError>
    where
        T: Send + 'static,
    {
        let (mut next, size) = (Some(0), self.size);
        while let Some(from) = next {
            let page = self.operations.read(self.ctx, self.realm, move |work| list(work.tx, from..size)).await?;
            page.items.iter().for_each(|item| put(writer, item));
            self.append(&writer.take()).await?;
            next = page.next;
        }
        Ok(())
    }

    /// Appends, and waits until the file has it: so the one failure that there is names its cause.
    async fn append(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.file.write_all(bytes).await.map_err(ExportError::Write)?;
        self.file.flush().await.map_err(ExportError::Write)
    }
}
