//! One room per published API. None knows another.

pub mod here;
pub mod m3ter;
pub mod wavefront;
