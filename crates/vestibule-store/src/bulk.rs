//! Statements about many things at once.

use crate::backend::Value;

/// How many things one statement names. Lists are filled up to one of these with repetitions of their last, so
/// that a connection prepares each text in few lengths.
const SIZES: [usize; 4] = [1, 8, 64, 512];

/// What statements are to name, statement by statement. A statement must do the same for a thing that it names
/// twice.
pub(crate) fn chunks<T: Clone>(things: &[T]) -> impl Iterator<Item = Vec<T>> {
    let [.., most] = SIZES;
    things.chunks(most).map(|chunk| {
        let size = SIZES.into_iter().find(|size| *size >= chunk.len()).unwrap_or(chunk.len());
        chunk.iter().chain(std::iter::repeat(chunk.last()).flatten()).take(size).cloned().collect()
    })
}

/// `$from, $from+1, …`.
pub(crate) fn places(from: usize, count: usize) -> String {
    let places: Vec<_> = (from..from + count).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// Ids as parameters.
pub(crate) fn ids<I: std::fmt::Display>(ids: &[I]) -> impl Iterator<Item = Value> {
    ids.iter().map(|id| id.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_have_few_sizes_and_name_everything() {
        for (count, sizes) in [(0, &[][..]), (1, &[1]), (2, &[8]), (8, &[8]), (9, &[64]), (65, &[512]), (513, &[512, 1])] {
            let things: Vec<_> = (0..count).collect();
            let chunks: Vec<_> = chunks(&things).collect();
            assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{count}");
            let mut named = chunks.concat();
            named.dedup();
            assert_eq!(named, things);
        }
        assert_eq!(places(3, 3), "$3, $4, $5");
    }
}
