//! One room per published API. None knows another.

pub mod egain;
pub mod here;
pub mod hostway;
pub mod m3ter;
pub mod wavefront;
