//! As much of `ustar` (POSIX.1-1988) as a bundle needs: regular files, one header form.
//!
//! Reading asks for exactly the header that writing makes. So there is nothing in an archive
//! that two tools could read differently: no links, no long names, no second header form.

/// What everything in an archive is a multiple of, in bytes.
pub const BLOCK: usize = 512;

/// Most bytes of one file: its header has eleven octal digits for them, 8 GiB.
pub const FILE_BYTES_MAX: u64 = (1 << 33) - 1;

/// Appends one file that is small enough to be held. `name` is ASCII of at most 100 bytes; ours are constants and numbers.
pub fn append(archive: &mut Vec<u8>, name: &str, content: &[u8]) {
    archive.extend_from_slice(&header(name, content.len() as u64));
    archive.extend_from_slice(content);
    archive.extend_from_slice(padding(content.len() as u64));
}

/// What follows a file of so many bytes, up to the next block.
pub fn padding(size: u64) -> &'static [u8] {
    const EMPTY: &[u8] = &[0; BLOCK];
    let over = (size % BLOCK as u64) as usize;
    EMPTY.get(over..).filter(|_| over > 0).unwrap_or_default()
}

/// Ends the archive with its two empty blocks.
pub fn finish(archive: &mut Vec<u8>) {
    archive.resize(archive.len() + 2 * BLOCK, 0);
}

/// The files of an archive, in order; `None` if it is not one of ours.
pub fn files(archive: &[u8]) -> Option<Vec<(&str, &[u8])>> {
    let (mut rest, mut files) = (archive, Vec::new());
    loop {
        let (block, after) = rest.split_at_checked(BLOCK)?;
        if block.iter().all(|b| *b == 0) {
            return (after.len() == BLOCK && after.iter().all(|b| *b == 0)).then_some(files);
        }
        let name = block.get(..100)?.split(|b| *b == 0).next().and_then(|name| std::str::from_utf8(name).ok())?;
        let size = std::str::from_utf8(block.get(124..135)?).ok().and_then(|octal| usize::from_str_radix(octal, 8).ok())?;
        if block != header(name, size as u64) {
            return None;
        }
        let (content, after) = after.split_at_checked(size)?;
        let (padding, after) = after.split_at_checked(size.next_multiple_of(BLOCK) - size)?;
        padding.iter().all(|b| *b == 0).then_some(())?;
        files.push((name, content));
        rest = after;
    }
}

/// A header: mode 0644, nobody's, made in 1970, so that one bundle has one spelling. It stands for
/// no more than [`FILE_BYTES_MAX`].
pub fn header(name: &str, size: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, field: &[u8]| {
        block.iter_mut().skip(at).zip(field).for_each(|(to, from)| *to = *from);
    };
    put(0, name.as_bytes().get(..100).unwrap_or(name.as_bytes()));
    put(100, b"0000644\x000000000\x000000000\0");
    put(124, format!("{size:011o}\x0000000000000\0        0").as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()).for_each(|(to, from)| *to = from);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Vec<u8> {
        let mut archive = Vec::new();
        append(&mut archive, "empty", b"");
        append(&mut archive, "checkpoints/8", &[b'x'; 512]);
        append(&mut archive, "leaves", &[b'y'; 513]);
        finish(&mut archive);
        archive
    }

    #[test]
    fn what_was_written_is_read() {
        let archive = archive();
        assert_eq!(files(&archive), Some(vec![("empty", &b""[..]), ("checkpoints/8", &[b'x'; 512]), ("leaves", &[b'y'; 513])]));
        // Any tar reads it: the checksum and magic stand where POSIX has them.
        assert_eq!(&archive[257..265], b"ustar\x0000");
        assert_eq!(&archive[148..156], b"007014\0 ");
    }

    #[test]
    fn a_file_is_followed_by_what_fills_its_block() {
        for (size, filled) in [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511), (FILE_BYTES_MAX, 1)] {
            assert_eq!(padding(size), &vec![0; filled][..], "{size}");
        }
        // One byte more would need a digit that the next field begins with.
        assert_eq!(&header("leaves", FILE_BYTES_MAX)[124..136], b"77777777777\0");
    }

    #[test]
    fn another_spelling_of_an_archive_is_refused() {
        let whole = archive();
        for length in 0..whole.len() {
            assert_eq!(files(&whole[..length]), None, "cut to {length}");
        }
        assert_eq!(files(&[&whole[..], &[0; 512]].concat()), None, "an empty block too many");
        for at in (0..512).chain(4 * 512 + 513..whole.len()) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert_eq!(files(&flipped), None, "byte {at} flipped");
        }
    }
}
