//! Support access: whom a realm lets in from outside, on what terms, and their visits.

pub mod admission;
pub mod invitation;
pub mod session;
pub mod window;

pub use admission::{Admission, Admitter, NotAdmitted, admit};
pub use invitation::{Invitation, Invitee};
pub use session::{Entry, SessionEnd, SessionStanding, SupportSession};
pub use window::Window;
