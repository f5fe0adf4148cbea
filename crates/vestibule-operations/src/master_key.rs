//! The master key's file: 32 bytes in base64url, readable by its owner alone.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_core::chance::Chance;

use crate::operations::OpenError;

/// Reads the key, or makes it with mode 0600 when the file is absent.
pub fn read_or_make(path: &Path, chance: &Chance) -> Result<[u8; 32], OpenError> {
    if let Some(key) = find(path)? {
        return Ok(key);
    }
    let key: [u8; 32] = chance.bytes();
    write_new(path, &URL_SAFE_NO_PAD.encode(key)).map_err(|error| refuse(path, error.to_string()))?;
    Ok(key)
}

/// Reads the key; `None` when the file is absent.
pub fn find(path: &Path) -> Result<Option<[u8; 32]>, OpenError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.map(Some).ok_or_else(|| refuse(path, "it does not hold 32 bytes in base64url".to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refuse(path, error.to_string())),
    }
}

fn refuse(path: &Path, problem: String) -> OpenError {
    OpenError::MasterKey { path: path.to_owned(), problem }
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("vestibule-key-{}", std::process::id()));
        let path = folder.join("master.key");
        let chance = Chance::new(|bytes| bytes.fill(9));
        assert_eq!(read_or_make(&path, &chance).unwrap(), [9; 32]);
        assert_eq!(read_or_make(&path, &Chance::new(|bytes| bytes.fill(1))).unwrap(), [9; 32], "read back, not made again");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(read_or_make(&path, &chance).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
