//! Names and caps of the customer manager (`spec/egain-grants.md`). What the page leaves open is marked as ours or inferred.

use vestibule_operations::CustomerRight;

/// Before every address, for one host that cannot tell realms apart.
pub const REALM: &str = "/realms/{realm}";

/// Where the third version of the customer manager stands (section 3).
pub const V3: &str = "/core/customermgr/v3";
/// Where the case manager stands (section 1).
pub const CASES: &str = "/core/casemgr/v3";
/// Where the department manager stands (section 9).
pub const DEPARTMENTS: &str = "/core/departmentmgr/v3";
/// Where the user manager stands (section 9).
pub const USERS: &str = "/core/usermgr/v3";
/// Where the older surface stands (section 3). Its links and `Location` begin so.
pub const LEGACY: &str = "/system/ws/v12/interaction";
/// The same as its pages write it.
pub const LEGACY_SHORT: &str = "/ws/v12/interaction";

/// Where sessions of the older surface begin, with and without `/system` before it (section 2).
pub const LOGIN: &str = "/ws/v12/authentication/user/login";
/// Where they end (ours).
pub const LOGOUT: &str = "/ws/v12/authentication/user/logout";

/// Parameters of paths.
pub mod param {
    /// A customer's id.
    pub const ID: &str = "id";
    /// Several ids, with commas between.
    pub const IDS: &str = "ids";
    /// An attachment's id.
    pub const ATTACHMENT: &str = "attachmentID";
    /// In a query: in whose stead a customer calls (section 1).
    pub const CUSTOMER: &str = "customer";
    /// The same on the search for activities.
    pub const CUSTOMER_ID: &str = "customerID";
    /// The customer that loses a grant.
    pub const HOLDER: &str = "grantedcustomerid";
}

/// Most characters of an id in a path (section 3).
pub const PATH_ID_CHARS_MAX: usize = 255;
/// What an unknown id of the path is called in refusals: it has another code than one of a body.
pub const IN_PATH: &str = "customer of the path";
/// The same of anything but customers: the text for people does not speak of one.
pub const THING_IN_PATH: &str = "thing of the path";
/// Most ids in a path (section 9).
pub const IDS_MAX: usize = 75;
/// Most characters of `developerMessage`, and of a text in `details` (section 5).
pub const DEVELOPER_CHARS_MAX: usize = 255;
/// Most characters of `userMessage` (section 5).
pub const USER_CHARS_MAX: usize = 1_024;
/// Most items of `details` (section 5).
pub const DETAILS_MAX: usize = 30;

/// The namespace of grants and customers in XML (section 3; the third version's is not published: emitting this is inferred).
pub const CUSTOMER_NAMESPACE: &str = "http://bindings.egain.com/ws/model/v12/gen/interaction/customer";
/// The namespace of cases and activities in XML (not published: inferred from that of customers).
pub const CASE_NAMESPACE: &str = "http://bindings.egain.com/ws/model/v12/gen/interaction/case";
/// The namespace of departments and users in XML (section 3).
pub const PLATFORM_NAMESPACE: &str = "http://bindings.egain.com/ws/model/v12/gen/platform";
/// The namespace of errors in XML (section 3).
pub const COMMON_NAMESPACE: &str = "http://bindings.egain.com/ws/model/v12/gen/common";
/// What every namespace that is taken in begins with. The page would take any; a namespace of somebody else's says that
/// the body is not for us (ours).
pub const NAMESPACES: &str = "http://bindings.egain.com/ws/model/v12/gen/";

/// Asks for `userMessage` when it says [`YES`] (section 3).
pub const USER_MESSAGE_HEADER: &str = "x-egain-error-message";
/// The one word of that header that asks.
pub const YES: &str = "yes";
/// Carries the session of the older surface (section 2).
pub const SESSION_HEADER: &str = "x-egain-session";
/// The challenge of a 401 (RFC 6750).
pub const CHALLENGE: &str = "Bearer";

/// The scope that a token needs (section 2); `.default` stands for every one.
pub mod scope {
    /// To change customers and grants.
    pub const MANAGE: &str = "core.customermgr.manage";
    /// To read them.
    pub const READ: &str = "core.customermgr.read";
    /// To send e-mails (this and the following are inferred from those of customers).
    pub const CASE_MANAGE: &str = "core.casemgr.manage";
    /// To read cases and activities.
    pub const CASE_READ: &str = "core.casemgr.read";
    /// To read departments.
    pub const DEPARTMENT_READ: &str = "core.departmentmgr.read";
    /// To make and change users.
    pub const USER_MANAGE: &str = "core.usermgr.manage";
    /// To read them.
    pub const USER_READ: &str = "core.usermgr.read";
}

/// What the vendor calls a right on customers (section 2).
pub const fn action(right: CustomerRight) -> &'static str {
    match right {
        CustomerRight::View => "View Agent Console",
        CustomerRight::Create => "Create Customer",
        CustomerRight::Change => "Change Customer",
        CustomerRight::Edit => "Edit Customer",
        CustomerRight::HandOff => "Hand Off",
        CustomerRight::Administer => "Administer Partition",
    }
}

/// The same by the action that the decision engine is asked for; one that has no name there keeps ours.
pub fn action_name(asked: &str) -> &str {
    let known = [
        CustomerRight::View,
        CustomerRight::Create,
        CustomerRight::Change,
        CustomerRight::Edit,
        CustomerRight::HandOff,
        CustomerRight::Administer,
    ];
    known.into_iter().find(|right| right.action() == asked).map_or(asked, |right| action(right))
}
