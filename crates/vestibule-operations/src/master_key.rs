//! The master key's file: 32 bytes in base64url, readable by its owner alone.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_core::chance::Chance;

use crate::operations::OpenError;

/// Makes the key, with mode 0600. One that another process has made meanwhile is read instead.
///
/// # Errors
/// The file cannot be written, or holds something that is no key.
pub fn make(path: &Path, chance: &Chance) -> Result<[u8; 32], OpenError> {
    let key: [u8; 32] = chance.bytes();
    let text = write_unless_written(path, &URL_SAFE_NO_PAD.encode(key)).map_err(|error| refuse(path, error.to_string()))?;
    parse(path, &text)
}

/// Reads the key; `None` when the file is absent, or empty as a process leaves it that is about to write it.
pub fn find(path: &Path) -> Result<Option<[u8; 32]>, OpenError> {
    match fs::read_to_string(path) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => parse(path, &text).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refuse(path, error.to_string())),
    }
}

fn parse(path: &Path, text: &str) -> Result<[u8; 32], OpenError> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| refuse(path, "it does not hold 32 bytes in base64url".to_owned()))
}

fn refuse(path: &Path, problem: String) -> OpenError {
    OpenError::MasterKey { path: path.to_owned(), problem }
}

/// Writes a text, and gives what the file holds then. Of several processes the first one writes.
fn write_unless_written(path: &Path, text: &str) -> std::io::Result<String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    // Held until the file is closed: whoever comes second reads what the first one wrote, all of it.
    file.lock()?;
    let mut there = String::new();
    file.read_to_string(&mut there)?;
    if !there.is_empty() {
        return Ok(there);
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("vestibule-key-{}", std::process::id()));
        let path = folder.join("master.key");
        let chance = Chance::new(|bytes| bytes.fill(9));
        assert_eq!(find(&path).unwrap(), None);
        assert_eq!(make(&path, &chance).unwrap(), [9; 32]);
        assert_eq!(make(&path, &Chance::new(|bytes| bytes.fill(1))).unwrap(), [9; 32], "read back, not made again");
        assert_eq!(find(&path).unwrap(), Some([9; 32]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(find(&path).is_err() && make(&path, &chance).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_without_anything_in_it_is_no_key_yet() {
        let path = std::env::temp_dir().join(format!("vestibule-empty-key-{}", std::process::id()));
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(find(&path).unwrap(), None);
        assert_eq!(make(&path, &Chance::new(|bytes| bytes.fill(9))).unwrap(), [9; 32]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(path).unwrap();
    }
}
