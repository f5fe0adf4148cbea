//! A realm's log as an answer: a file, read as fast as its reader takes it and never held.

use std::{fs::File, io};

use axum::{
    body::Body,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, stream};
use tokio::io::AsyncReadExt;
use vestibule_operations::Exported;

/// How much of the file is held for a reader.
const CHUNK_BYTES: usize = 64 * 1024;

/// A bundle under the name that it is kept by. `name` needs no quoting: realms' slugs do not.
pub fn bundle(exported: Exported, name: &str) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/x-tar".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        // The bundle is whole already: a reader can tell one that was cut off on the way.
        (CONTENT_LENGTH, exported.bytes.to_string()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(chunks(exported.file))).into_response()
}

fn chunks(file: File) -> impl Stream<Item = io::Result<Vec<u8>>> {
    stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let count = file.read_buf(&mut chunk).await?;
        Ok((count > 0).then_some((chunk, file)))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;

    #[tokio::test]
    async fn a_file_is_read_whole_and_a_part_at_a_time() {
        let path = std::env::temp_dir().join(format!("vestibule-download-{}", std::process::id()));
        for size in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 7] {
            let content: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            std::fs::write(&path, &content).unwrap();
            let read: Vec<Vec<u8>> = chunks(File::open(&path).unwrap()).try_collect().await.unwrap();
            assert!(read.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= CHUNK_BYTES));
            assert!(read.concat() == content, "{size} bytes");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
