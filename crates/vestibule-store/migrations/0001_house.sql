-- The first house: realms, accounts and their rights, support access, the log, the outbox.
-- One text for both databases; {text} sorts by bytes, {blob} is BLOB or BYTEA. Instants are milliseconds UTC.
-- Every table begins with the realm that it belongs to; `credential_lookup` alone is found without one,
-- because a bearer token does not say where it belongs.

CREATE TABLE realm (
  id {text} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  organization_id {text} NOT NULL UNIQUE,
  list_id {text} NOT NULL,
  support_enabled BIGINT NOT NULL,
  staff_domain {text} NOT NULL,
  listed BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE account (
  realm_id {text} NOT NULL REFERENCES realm (id),
  key {text} NOT NULL,
  id {text} NOT NULL,
  id_folded {text} NOT NULL,
  kind {text} NOT NULL,
  name {text} NOT NULL,
  active BIGINT NOT NULL,
  ends_at BIGINT,
  statements {text} NOT NULL,
  attributes {text} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, key),
  UNIQUE (realm_id, id_folded)
);

CREATE TABLE credential (
  realm_id {text} NOT NULL,
  id {text} NOT NULL,
  account_key {text} NOT NULL,
  kind {text} NOT NULL,
  public_id {text},
  lookup {blob},
  secret {blob} NOT NULL,
  name {text} NOT NULL,
  scope {text},
  enabled BIGINT NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id),
  FOREIGN KEY (realm_id, account_key) REFERENCES account (realm_id, key) ON DELETE CASCADE
);
CREATE INDEX credential_of_account ON credential (realm_id, account_key);

CREATE TABLE credential_lookup (
  lookup {blob} NOT NULL PRIMARY KEY,
  realm_id {text} NOT NULL,
  credential_id {text} NOT NULL,
  FOREIGN KEY (realm_id, credential_id) REFERENCES credential (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX credential_lookup_of_credential ON credential_lookup (realm_id, credential_id);

CREATE TABLE role (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id {text} NOT NULL,
  name {text} NOT NULL,
  statements {text} NOT NULL,
  managed BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id)
);
CREATE INDEX role_by_name ON role (realm_id, name);

CREATE TABLE account_group (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id {text} NOT NULL,
  name {text} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id)
);
CREATE INDEX account_group_by_name ON account_group (realm_id, name);

CREATE TABLE group_member (
  realm_id {text} NOT NULL,
  account_key {text} NOT NULL,
  group_id {text} NOT NULL,
  PRIMARY KEY (realm_id, account_key, group_id),
  FOREIGN KEY (realm_id, account_key) REFERENCES account (realm_id, key) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, group_id) REFERENCES account_group (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX group_member_of_group ON group_member (realm_id, group_id);

CREATE TABLE group_nesting (
  realm_id {text} NOT NULL,
  group_id {text} NOT NULL,
  parent_id {text} NOT NULL,
  PRIMARY KEY (realm_id, group_id, parent_id),
  FOREIGN KEY (realm_id, group_id) REFERENCES account_group (realm_id, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, parent_id) REFERENCES account_group (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX group_nesting_of_parent ON group_nesting (realm_id, parent_id);

-- holder_kind: account, group, support_staff (whose holder_id is empty).
CREATE TABLE role_assignment (
  realm_id {text} NOT NULL,
  holder_kind {text} NOT NULL,
  holder_id {text} NOT NULL,
  role_id {text} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, holder_kind, holder_id, role_id),
  FOREIGN KEY (realm_id, role_id) REFERENCES role (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX role_assignment_of_role ON role_assignment (realm_id, role_id);

CREATE TABLE invitation (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id {text} NOT NULL,
  invitee {text} NOT NULL,
  invitee_folded {text} NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id),
  UNIQUE (realm_id, invitee_folded)
);

CREATE TABLE support_window (
  realm_id {text} NOT NULL PRIMARY KEY REFERENCES realm (id),
  ends_at BIGINT NOT NULL,
  statements {text} NOT NULL,
  version BIGINT NOT NULL
);

-- admitted_by: an invitation's id, or window:VERSION.
CREATE TABLE support_session (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id {text} NOT NULL,
  agent_key {text} NOT NULL,
  agent_email {text} NOT NULL,
  account_key {text} NOT NULL,
  reason {text} NOT NULL,
  ticket {text},
  admitted_by {text} NOT NULL,
  started_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  ended_at BIGINT,
  ended_why {text},
  PRIMARY KEY (realm_id, id)
);
CREATE INDEX support_session_open ON support_session (realm_id, ends_at) WHERE ended_at IS NULL;

CREATE TABLE rate_window (
  realm_id {text} NOT NULL,
  name {text} NOT NULL,
  instants {text} NOT NULL,
  PRIMARY KEY (realm_id, name)
);

CREATE TABLE used_once (
  realm_id {text} NOT NULL,
  credential_id {text} NOT NULL,
  value {blob} NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (realm_id, credential_id, value)
);
CREATE INDEX used_once_until ON used_once (realm_id, until);

CREATE TABLE idempotency (
  realm_id {text} NOT NULL,
  caller {text} NOT NULL,
  key {blob} NOT NULL,
  digest {blob} NOT NULL,
  reply {blob} NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (realm_id, caller, key)
);
CREATE INDEX idempotency_until ON idempotency (realm_id, until);

-- state: pending, sent, failed. `due_at` is NULL once nothing more is to be done.
CREATE TABLE outbox (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id {text} NOT NULL,
  recipient {text} NOT NULL,
  subject {text} NOT NULL,
  body_text {text} NOT NULL,
  body_html {text} NOT NULL,
  state {text} NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT,
  sent_at BIGINT,
  last_error {text},
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;

-- The log (spec: audit log, section 2.3). The committed leaf hashes stand apart from the records,
-- so that a record that was changed or removed is missed by name.
CREATE TABLE audit_log (
  realm_id {text} NOT NULL PRIMARY KEY REFERENCES realm (id),
  origin {text} NOT NULL UNIQUE,
  size BIGINT NOT NULL,
  frontier {blob} NOT NULL,
  last_time BIGINT NOT NULL
);

CREATE TABLE audit_event (
  realm_id {text} NOT NULL REFERENCES audit_log (realm_id),
  idx BIGINT NOT NULL,
  id {text} NOT NULL,
  time BIGINT NOT NULL,
  action {text} NOT NULL,
  outcome {text} NOT NULL,
  actor_id {text} NOT NULL,
  session_id {text},
  target_id {text} NOT NULL,
  bytes {blob},
  PRIMARY KEY (realm_id, idx)
);
CREATE INDEX audit_event_of_session ON audit_event (realm_id, session_id, idx) WHERE session_id IS NOT NULL;

CREATE TABLE audit_leaf (
  realm_id {text} NOT NULL REFERENCES audit_log (realm_id),
  idx BIGINT NOT NULL,
  hash {blob} NOT NULL,
  PRIMARY KEY (realm_id, idx)
);

CREATE TABLE audit_subject_key (
  realm_id {text} NOT NULL REFERENCES audit_log (realm_id),
  subject {text} NOT NULL,
  wrapped {blob} NOT NULL,
  PRIMARY KEY (realm_id, subject)
);

CREATE TABLE audit_seal (
  realm_id {text} NOT NULL REFERENCES audit_log (realm_id),
  idx BIGINT NOT NULL,
  name {text} NOT NULL,
  subject {text} NOT NULL,
  sealed {blob} NOT NULL,
  PRIMARY KEY (realm_id, idx, name)
);
CREATE INDEX audit_seal_of_subject ON audit_seal (realm_id, subject);

CREATE TABLE audit_key (
  realm_id {text} NOT NULL REFERENCES audit_log (realm_id),
  vkey {text} NOT NULL,
  wrapped_seed {blob} NOT NULL,
  from_size BIGINT NOT NULL,
  to_size BIGINT,
  PRIMARY KEY (realm_id, vkey)
);

CREATE TABLE audit_checkpoint (
  realm_id {text} NOT NULL REFERENCES audit_log (realm_id),
  size BIGINT NOT NULL,
  note {text} NOT NULL,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, size)
);

-- Denials are filed at most so often per caller and minute; what was left out is counted.
CREATE TABLE denial_count (
  realm_id {text} NOT NULL,
  caller {text} NOT NULL,
  minute BIGINT NOT NULL,
  filed BIGINT NOT NULL,
  left_out BIGINT NOT NULL,
  PRIMARY KEY (realm_id, caller)
);
