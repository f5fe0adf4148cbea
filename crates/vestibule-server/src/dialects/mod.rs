//! One room per published API. None knows another.

pub mod here;
