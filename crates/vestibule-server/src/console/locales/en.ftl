# The console in English.

# Times.
unit-day = { $count } d
unit-hour = { $count } h
unit-minute = { $count } min
unit-second = { $count } s
time-now = now
time-in = in { $length }
time-ago = { $length } ago
days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
in-hours = { $count ->
    [one] { $count } hour from now
    [24] 1 day from now
    [72] 3 days from now
    [168] 7 days from now
   *[other] { $count } hours from now
}

# Round every page.
skip = Skip to the page
nav = Places
nav-now = Now
nav-support = Support access
nav-log = Log
nav-realms = Tenants
staff = Support staff
sign-out = Sign out
inside = You are inside { $realm }.
leave = Leave
cancel = Cancel
pages = Pages
older = Older
newer = Newer
back-to-start = Back to the start

# Signing in.
sign-in = Sign in
sign-in-words = For the people of a tenant: see who may come in, who is in, and what they did.
sign-in-staff-words = For the vendor's support staff: enter the tenants that have let you in.
sign-in-user = Account or e-mail address
sign-in-password = Password
sign-in-wrong = That name and that password do not belong together.
sign-in-too-many = Too many attempts. Try again in { $seconds } seconds.
sign-in-as-staff = I am one of the support staff
sign-in-as-tenant = I belong to a tenant
sign-in-link-words = This link signs you in once.
sign-in-link-spent = This link was used, or it is too old.
sign-in-code-title = One thing more
sign-in-code-words = Type the code that your app shows now, or one of your recovery codes.
sign-in-code-wrong = That is not the code now, or it was used already.
sign-in-too-late = That took too long. Please begin again.
sign-in-anew = Begin again
sign-in-passkey = Use a passkey
sign-in-passkey-wrong = That passkey does not sign anybody in here.
passkey-failed = The browser has made no use of a passkey. Try again, or go another way.
code = Code

# Refusals.
refused-title = That did not work
refused-forbidden = You may not do that here.
refused-absent = There is no such page, or it is not yours to see.
refused-too-many = Too many requests. Try again in a while.
refused-conflict = It has changed meanwhile.
refused-signed-out = You are signed out.
refused-unavailable = The service is not available now. Try again in a while.
refused-internal = Something went wrong here. Try again in a while.
refused-malformed = What was sent cannot be read.
fault-undone = What you sent was not done: it belonged to a sign-in that is over. Please send it again.
fault-stale = Somebody has changed this meanwhile. This is how it stands now.

# What was done.
done-invited = Invited. A person gets a mail.
done-amended = Changed.
done-uninvited = The invitation is taken back, and whoever was in by it is out.
done-opened = The window is open.
done-extended = The window ends at the new time.
done-closed = The window is closed, and whoever was in by it is out.
done-ended = The visit is over.
done-ended-all = All visits are over.
done-entered = You are inside.
done-left = You have left.

# Words of many pages.
who = Who
reason = Reason
reason-hint = The tenant reads it.
ticket = Ticket
ticket-hint = Optional, without spaces
since = Since
until = Until
ends = Ends
over = Over
why = Why
act = Act
effect = Effect
actions = Actions
resources = On
where = where
allow = allows
allow-destructive = allows, can take away
deny = denies
anyone = Anyone of the support staff
no-end = without an end
open = open
any = Any
live = live

# Now.
now-title = Now
now-inside = Who is in
now-nobody = Nobody of the vendor is in.
now-nobody-words = Agents come in only by an invitation or through a window that you open:
now-may = Who may come in
now-no-invitations = Nobody is invited.
now-past = Visits of late
count-sessions = { $count ->
    [0] Nobody is inside
    [one] { $count } agent is inside
   *[other] { $count } agents are inside
}
what-they-did = What they did
what-it-opens = What it opens
end = End
end-all = End all
end-title = End the visit
end-words = The visit of { $who } ends at once, everywhere. The agent's token is refused from then on.
end-all-words = { $count ->
    [one] The visit of one agent ends at once, everywhere.
   *[other] The visits of { $count } agents end at once, everywhere.
}
end-lapsed = its time was over
end-tenant = ended by the tenant
end-left = the agent left
end-invitation = the invitation was taken back
end-window = the window was closed
end-support = support access was switched off
picture = Who was let in, and when
zoom = Length of the picture
lane-window = Window
title-window = The window, until { $until }
title-invitation = Invitation of { $who }
title-session = Visit of { $who }
title-grant = Grant: { $who }
legend-invitation = Invitation
legend-window = Window
legend-session = Visit
legend-grant = Grant: who acts for whom
left-out = { $count ->
    [one] One more row is not drawn.
   *[other] { $count } more rows are not drawn.
}

# Support access.
support-off = Support access is switched off for this tenant: nobody of the vendor can come in.
support-window = The window
support-people = People invited
window-never = No window was ever opened.
window-never-words = A window lets all support staff in for a while, to do what you choose and nothing else.
window-nothing = It lets people in and allows nothing.
window-closed = It closed
window-open = Open a window
window-what = What, and for how long
window-scope = What it opens
scope-read = Look at the configuration
scope-configure = Look at the configuration and change it
scope-all = Everything
scope-own = Statements of our own
window-own = Statements
window-own-hint = A list in JSON, each with effect, actions and resources
window-preview = Show what it opens
window-opens = This is what it opens
window-confirm = Open it
window-everything = An asterisk stands for everything that the tenant has. Now that is:
action-rest = (and any other that the product asks about)
thing-user = { $count ->
    [one] { $count } person
   *[other] { $count } people
  }
thing-service = { $count ->
    [one] { $count } service account
   *[other] { $count } service accounts
  }
thing-customer = { $count ->
    [one] { $count } customer
   *[other] { $count } customers
  }
end-at = Make it end
end-later = Later than so far
end-sooner = Sooner than so far
end-hint = A sooner end is one for the visits through it, too.
end-change = Change the end
close = Close
close-words = The window closes at once, and the visits that rest on it end.
invite = Invite
invited = Invited
uninvite = Take back
uninvite-words = The invitation of { $who } is taken back at once, and the visits that rest on it end.
take-back = Do it
address = E-mail address
address-hint = At { $domain }

# People and machines.
nav-people = People and machines
people-accounts = Accounts
people-new = Add somebody
people-search = Search by name, address, role or group
people-none = Nobody is found.
people-none-words = Search for less, or add somebody: people are invited by mail, machines get an account at once.
people-invited = Invited, and not here yet
account = Account
name = Name
description = What it is for
department = Department
kind = Kind
kind-all = People and machines
kind-user = Person
kind-service = Machine
kind-support = Visiting agent
standing = Stands
standing-active = on
standing-disabled = off
standing-expired = ended
roles = Roles
groups = Groups
members = Members
last-used = Last used
made-at = Made
never = never
tick = Tick
tick-one = Tick { $who }
with-ticked = With those ticked
choose = Choose
further = Further
see-change = See what changes
act-on = Switch on
act-off = Switch off
act-delete = Delete
act-join = Add to a group
act-leave = Remove from the group
act-give = Give a role
act-take = Take the role
to-join = Add to { $name }
to-leave = Remove from { $name }
to-give = Give { $name }
to-take = Take { $name }
new-person = Invite a person
new-person-words = The person gets a letter with a link, and chooses a password.
first-name = First name
last-name = Last name
new-machine = Make an account for a machine
new-machine-words = It gets its tokens on the next page.
new-machine-hint = Without spaces; the account goes by sa:: and this name
make-account = Make the account
account-own = This is your own account: somebody else must switch it off or delete it.
account-holds = What it holds
roles-of-none = No role of its own.
groups-of-none = In no group.
give-or-take = Give or take
credentials = What proves it
credentials-none = Nothing: nobody can sign in with it. Make a token, or let the person choose a password.
proof-token = Token
proof-access-key = Access key
proof-password = Password
proof-public-key = Public key
proof-name-hint = Where it will be used
proof-id = Id
proof-secret = Secret
proves = good
proves-nothing = proves nothing
make-proof = Make one
in-days = { $count ->
    [one] { $count } day from now
   *[other] { $count } days from now
}
made-title = Made: keep it now
made-words = This proves { $who }. It is shown this once and never again.
made-kept = I have kept it
revoke = Revoke
revoke-title = Revoke a credential
revoke-words = { $what }: it proves nothing from the next request on, nor does what came of it, and never will again.
revoke-whose = It belongs to { $who }.
rights = What it may do
rights-none = Nothing allows it anything.
says-nothing = It says nothing.
way-own = its own statements
way-group = group { $name }
way-role = role { $name }
gate-disabled = It is switched off: it may do nothing, whatever stands here.
gate-expired = Its time is over: it may do nothing, whatever stands here.
gate-outside = It is outside: it may do nothing now, whatever stands here.
what-changes = What changes
change-count = { $count ->
    [0] Nothing changes.
    [one] One account changes.
   *[other] { $count } accounts change, all of them or none.
}
change-nobody = Nobody is ticked. Go back, and tick somebody first.
change-passed = These stay as they are
change-gains = What is gained
change-loses = What is lost by this way
passed-own = your own account
passed-already = is so already
passed-unknown = no account goes by this
change-on-title = Switch on
change-off-title = Switch off
change-delete-title = Delete
change-join-title = Add to { $name }
change-leave-title = Remove from { $name }
change-give-title = Give { $name }
change-take-title = Take { $name }
change-join-one = comes into { $name }
change-leave-one = goes out of { $name }
change-give-one = gets { $name }
change-take-one = loses { $name }
becomes-on = off becomes on: what proves it is good again
becomes-off = on becomes off: signed out everywhere, and refused
becomes-off-machine = on becomes off: its tokens and keys are refused
goes-with-credentials = { $count ->
    [0] goes for good, with its roles and groups
    [one] goes for good, with its roles and groups and what proves it
   *[other] goes for good, with its roles and groups and { $count } things that prove it
}
groups-words = A group gives its roles to all who are in it.
kept-by-realm = kept by itself
group-new = Make a group
group-empty = Nobody is in it. Add somebody by the account's name.
group-users = { $count ->
    [0] Nobody is in it directly.
    [one] One account is in it directly.
   *[other] { $count } accounts are in it directly.
}
group-roles-none = It gives no role.
group-role-words = It changes for everybody in { $name }, and in the groups inside.
group-delete = Delete the group
group-delete-words = { $name } goes for good; its members stay, without it.
group-delete-roles = They lose what came by its roles: { $names }.
group-to-add = Group to put in
group-to-add-hint = Its name or its id
groups-around = In which groups it is
groups-around-none = In no other group.
groups-around-words = Everybody in it has the roles of these groups, too.
act-go-out = Take out
nest-words = { $name } and the groups inside it:
nest-accounts = { $count ->
    [0] nobody is in them now.
    [one] one account is in them.
   *[other] { $count } accounts are in them.
}
nest-gains = All who are in them get what these roles say: { $names }.
nest-gains-nothing = It gives them no role that they do not have by their groups already.
nest-loses = All who are in them lose these roles by this way: { $names }.
nest-loses-nothing = It takes no role from them that they do not keep by their groups.
account-to-add = Account to add
account-to-give = Account to give it to
roles-words = A role is a named set of statements, held by accounts and groups.
role-managed = built in
role-new = Write a role
role-edit = Change { $name }
role-write = What it is called, and what it says
role-preview = Show what it says
role-says = What it says
role-keep = Keep it
edit = Change
role-holders = Who holds it
role-holders-none = Nobody holds it yet. Give it to a group on the group's page, or to an account here.
role-more = { $count } accounts hold it; these are the oldest.
role-delete = Delete the role
role-delete-words = { $name } goes for good, and nobody has it any more.
role-accounts = { $count ->
    [one] One account loses it.
   *[other] { $count } accounts lose it.
}
role-groups = { $count ->
    [one] One group loses it.
   *[other] { $count } groups lose it.
}

# Customers.
nav-customers = Customers
customers-search = Search
customers-search-hint = Name, id, number, whole e-mail address, or telephone number from +
customers-none = No customer is found.
customers-none-words = Search for less, or make a customer. They come in by a manifest, too, and by the API of the service that knows them.
customer-new = Make a customer
customer-make = Make the customer
customer-edit = Change { $name }
customer-what = What it is
customer-status-hint = Unless it is open, it acts for nobody, and nobody for it
customer-name-hint = Of a group or a company; a person goes by the contact's name
customer-number-hint = Optional, and of this customer alone; statements name it by its number
customer-first = First contact
customer-first-words = Optional. More is said of a contact on a page of its own.
department-none = None
purge = Purge
purge-title = Purge the customer
purge-words = { $name } goes for good, for everybody; its id and its number are not given again.
purge-contacts = { $count ->
    [0] It has no contacts.
    [one] Its contact goes with it.
   *[other] Its { $count } contacts go with it.
}
purge-grants = { $count ->
    [0] Nobody acts for it, nor it for anybody.
    [one] One grant ends.
   *[other] { $count } grants end.
}
purge-cases = { $count ->
    [0] It has no cases.
    [one] Its case goes.
   *[other] Its { $count } cases go.
}
purge-links = All that was said with it goes, too. Links that its contacts were sent are good no more; a hand-off of the last minutes may be.
customer-id = Id
customer-number = Number
customer-individual = Individual
customer-group = Group
customer-corporate = Company
status-pending = pending
status-open = open
status-suspended = suspended
status-closed = closed
contacts = Contacts
contacts-none = It has no contacts.
contact-part = Part
contact-primary = First to speak to
contact-regular = Contact
contact-billing = Billing
contact-administrator = Administrator
contact-technical = Technical
contact-add = Add:
contact-name = What they are called
contact-media = Where mail and calls reach them
contact-letters = Where letters reach them
contact-remove = Remove the contact
contact-remove-words = { $who } goes for good. A link that was sent to verify the address is good no more.
contact-remove-whose = It is a contact of { $customer }.
field-salutation = Salutation
field-first_name = First name
field-middle_name = Middle name
field-last_name = Last name
field-company = Company
field-email1 = E-mail address
field-email1-hint = Another address is not verified until its letter was answered
field-phone1 = Telephone
field-email2 = Second e-mail address
field-phone2 = Second telephone
field-fax = Fax
field-fax-hint = From +, with digits alone
field-street1 = Street
field-street2 = Street, second line
field-postal_code = Postal code
field-city = City
field-state_or_province = State or province
field-country_code = Country
field-country_code-hint = Two capital letters, such as US
verified = Address verified
verified-yes = verified
verified-no = not verified
verify = Send a letter
grants = Who may act for whom
grants-none = Nobody may act for this customer, nor this one for anybody.
grants-none-words = Let another customer act for it: give that one's id below.
grant-holder = Acts
grant-granter = In the place of
grant-give = Let act for this customer
grant-give-hint = Id or number of the other
grant-act = Give
in-force = in force
not-in-force = not in force
ungrant-title = Take a grant back
ungrant-words = { $holder } may act no longer, from the next request on,
ungrant-for = for { $granter }.
hand-off = Hand over
hand-off-for = Hand over somebody that it acts for
hand-off-for-words = The contact of the other customer is signed in to the help desk.
hand-off-words = The link signs whoever opens it in to the help desk as this contact. It is good once, and for minutes.
hand-off-open = Open the help desk
desk-none = The help desk is not set up or switched off: nobody can be handed over.

# What can be put right.
fault-too-many = Too many in too short a time. Try again in { $seconds } seconds.
fault-circle = A group cannot be inside itself, nor inside a group that is inside it.
fault-no-help-desk = The help desk cannot be signed in to: it is switched off or has no active secret.
fault-not-verified = The contact's address is not verified. Send the letter first.

# What was wrong with what was sent. What a value must be comes after "What fits:".
fault-form = Please look again. { $what }
fault-missing = “{ $field }” is missing.
fault-form-of = “{ $field }” does not fit. What fits: { $form }.
fault-other = “{ $field }” does not fit.
fault-too-long = “{ $field }” is too long: { $limit } characters at most (letters with accents may count double).
fault-too-many-of = “{ $field }”: { $limit } at most.
fault-out-of-range = “{ $field }” must be from { $min } to { $max }.
fault-not-in-future = “{ $field }” must lie ahead.
fault-foreign = “{ $field }” must be an address at { $domain }.
fault-unknown-value = “{ $field }” is none of the values known here: { $known }.
fault-unknown-member = “{ $field }” is not known here.
fault-repeated = “{ $field }” is given more than once.
fault-not-json = “{ $field }” cannot be read as JSON{ $at }.
fault-at = , from line { $line }, character { $column }
fault-too-deep = “{ $field }”: { $limit } levels at most, one inside another.
fault-entry = { $field }, no. { $number }: { $member }
fault-unreadable = What was sent cannot be read.
fault-unknown-ids = Nothing goes by { $ids }.
fault-none-valid = None of those is here.
fault-invitations-full = { $cap } people are invited, and no more can be: take an invitation back first.
fault-address-barred = Nobody with this e-mail address is handed over.
form-action = service:verb, such as config:retrieve, or all
form-address = an e-mail address
form-code = the code that the app shows now
form-condition = a name from subject., resource., action. or context., with a value or one of eq, ne, in, not_in, exists, eq_attr
form-country = two capital letters of a country, such as US
form-customer = the id or the number of a customer
form-day = a day
form-domain = a domain such as here.com
form-group = the name or the id of a group
form-instant = a day and a time
form-name = letters, digits, blanks, dots, hyphens and apostrophes
form-no-spaces = a word without spaces
form-number = letters, digits, dots, hyphens and underscores
form-offered = one of those offered
form-passkey = a passkey that was made just now, on a device that makes sure who uses it
form-password-long = 12 characters or more
form-password-unknown = one that is not known from leaks, where guessing begins
form-pattern = *, service:*, service:type/*, service:type/item/id or service:type/group/id
form-phone = an international number, such as +13125550142
form-plain = text without control characters
form-role = roles of this tenant
form-secret = 32 characters or more
form-subdomain = one part of a domain, such as acme
form-ticket = letters, digits and signs without spaces
exists-address = Another customer has this e-mail address.
exists-customer = Another customer goes by this number.
exists-name = That name is taken.
exists-person = Somebody goes by this e-mail address already.
grant-not-individual = Customer { $customer } is no individual: only individuals act for each other.
grant-same = Customer { $customer } acts for itself anyway.
grant-department = Customer { $customer } is in another department.
grant-full = Customer { $customer } would have more than { $limit } grants.
state-departments = There are customers: tick that they are kept apart even so.
state-group-kept = The tenant keeps this group by itself: only its roles change.
state-joined = The person has joined already.
state-keys-full = The account holds 20 access keys: revoke one first.
state-last-manager = Nobody else could manage accounts then.
state-no-factor = There is nothing beside the password.
state-other = As things stand, that cannot be done.
state-own = That is your own account: somebody else must do it.
state-role-built-in = This role is built in, and stays as it is.
state-secret-active = This secret signs already.
state-secret-retired = This secret is retired.
state-tokens-full = The account holds 20 tokens: revoke one first.
state-verified = This e-mail address is verified already.
state-visit-over = The visit is over.
state-visiting = This account belongs to a visit, and cannot be changed.

# What was done there.
done-made = Made.
done-removed = Gone for good.
done-asked-to-join = Invited. The person gets a letter with a link.
done-letter-sent = The letter is on its way.
done-revoked = Revoked. It proves nothing any more.

# The agent's side.
agent-title = Tenants
agent-inside = You are inside { $realm }
agent-may = What you may do there
agent-may-nothing = The tenant allows you nothing yet.
agent-open = Open to you
agent-none = No tenant stands open to you.
agent-none-words = Ask the tenant's admin to invite you, or to open a window.
agent-by-window = Through a window
agent-by-invitation = By invitation
enter = Enter
enter-title = Enter { $realm }
enter-words = The tenant sees that you are in, why, and what you do. A visit lasts an hour at most.

# The log.
log-size = { $count } events
log-none = No event fits.
log-none-words = Ask for less, or for a longer time.
log-proof = Prove it
log-proof-words = The export holds the whole log with what proves it. Anyone can check it who holds it, without asking us:
log-export = Export the log
action = Action
outcome = Outcome
session = Visit
target = About
time = When
from = From
before = Before
filter = Show
filter-none = Show all
event = Event
event-hash = Leaf hash
event-sealed = Personal data
event-sealed-words = It can be erased without breaking the proof.
event-text = As it was logged
event-redacted = The text was redacted. Its hash still stands.

# Decide.
nav-decide = Decide
decide-words = Ask whether somebody may do something, as any service asks. The answer says why, and until when.
decide-kind = Kind
decide-id-hint = An account, an agent's address, or a customer's id
decide-resource-kind = Kind of thing
decide-resource-id = Which
decide-at = At
decide-at-hint = Optional, in UTC; otherwise now
decide-ask = Ask
decide-yes = Yes
decide-no = No
decide-until = The answer turns
decide-stands = The answer does not turn by itself.
decide-because = Because
decide-path = By way of
decide-near = What would nearly allow it
decide-considered = Statements looked at: { $count }
missed-action = it names other actions
missed-resource = it names other things
missed-condition = its condition does not hold
missed-clock = its time is over

# One's own settings.
nav-settings = Settings
remove = Remove
own-title = Your sign-in
own-factors = Beside your password
own-no-factor = Your password alone signs you in.
own-no-factor-words = Add an app that shows codes, or a passkey: then nobody gets in who only knows your password.
own-what = What
own-used = Last used
own-never = never
own-app = App that shows codes
own-passkey = Passkey
own-add-app = Add an app that shows codes
own-add-passkey = Add a passkey
own-add = Add
own-exists = That is there already.
own-no-passkeys-here = Passkeys need an address with a name and TLS; this server is reached by another.
own-app-scan = Read this with an app that shows codes.
own-app-picture = The app's secret as a picture
own-app-type = Or type this into it:
own-app-code = The code that it shows now
own-passkey-words = Your device or your password manager keeps a key for this console. It signs you in alone, without a password.
own-passkey-script = Browsers use passkeys only by script, and this one runs none.
own-passkey-name = Name
own-passkey-hint = Optional, such as the device that keeps it
own-remove-app = The app's codes sign you in no more. Your other sessions end.
own-remove-passkey = The passkey { $name } signs you in no more. Your other sessions end.
own-remove-last = Without it your password alone signs you in, and your recovery codes are gone. Your other sessions end.
own-codes = Recovery codes
own-codes-left = { $count ->
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
}
own-codes-make = Make new codes
own-codes-words = The codes that you have now are good no more.
own-codes-keep = Keep these where you find them without your device. Each signs you in once, after your password. They are shown this once.
own-codes-kept = I have kept them
own-password = Password
own-password-words = You have a password.
own-password-none = You have no password.
own-password-change = Change the password
own-password-choose = Choose a password
own-password-rule = 12 characters or more, and none that is known from leaks. Your other sessions end.
own-password-current = The one that you have
own-password-new = The new one
own-password-again = The new one again
own-password-differs = The new one was not typed alike twice.
own-password-wrong = That is not the password that you have.
own-sessions = Where you are signed in
own-signed-in = Signed in
own-which = Which
own-this = this one
own-other = another
own-sign-out = Sign out everywhere
done-factor-added = Added. Your other sessions have ended.
done-factor-removed = Removed. Your other sessions have ended.
done-password-changed = The password is changed. Your other sessions have ended.
realm-title = The tenant

# The tenant's settings.
save = Save
realm-name = Name
realm-domain = Domain of the support staff
realm-departments = Keep customers and people apart by department
realm-departments-force = Even though there are customers: those in no department are out of everybody's reach then
realm-support-on = Support access is switched on: whoever you invite can come in.
realm-support-off = Support access is switched off: nobody comes in by an invitation.
realm-switch-on = Switch support access on
realm-switch-off = Switch support access off
realm-switch-off-words = Nobody of the vendor comes in by an invitation any more. { $count ->
    [0] Nobody is inside now.
    [one] The visit of one agent ends at once, if an invitation let them in.
   *[other] The visits of { $count } agents end at once, if an invitation let them in.
}
desk-title = Help desk
desk-absent = There is no help desk.
desk-none-words = Name it, and bring in the secret that it shares with you: then your customers' contacts are handed over without signing in there.
desk-subdomain = Subdomain
desk-enabled = Contacts are handed over
desk-delivery = How a token is carried over
desk-delivery-query = in a link
desk-delivery-form = in a form
desk-secrets = Shared secrets
desk-secret-new = Next secret
desk-secret-hint = It waits until you activate it, in the minute in which it is changed at the help desk.
desk-secret-add = Bring it in
desk-secret-activate = Activate
desk-secret-activate-words = From now on { $name } signs, and the one before is forgotten.
desk-secret-remove-words = The secret { $name } goes. Without an active one nobody is handed over.
desk-state = State
desk-state-pending = waits
desk-state-active = signs
desk-state-retired = retired
fingerprint = Fingerprint
mail-title = Mail
mail-try = Send a letter to me
mail-words = A letter to yourself, as any other is sent.
mail-none = No letter has been sent yet.
mail-to = To
mail-subject = About
mail-state-pending = waits
mail-state-sent = sent
mail-state-failed = given up
keys-title = Keys
keys-log = Key of the log
keys-token = Name of the key of tokens
keys-words = Note the log's key elsewhere: an export can be checked against it.
done-realm-changed = Changed.
done-support-off = Support access is switched off.
done-desk-changed = The help desk is changed.
done-secret-added = The secret is there, and waits.
done-secret-activated = The secret signs from now on.
done-secret-removed = The secret is gone.
done-mail-tried = A letter to you is on its way.
