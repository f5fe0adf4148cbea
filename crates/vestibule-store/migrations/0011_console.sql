-- People at the console, and links that sign one in once. Both are found by a keyed hash, without a realm: a cookie and a
-- link say nothing else. Servers of before know of neither.
CREATE TABLE console_session (
  realm_id {text} NOT NULL REFERENCES realm (id),
  lookup {blob} NOT NULL UNIQUE,
  account_key {text} NOT NULL,
  credential_id {text},
  signed_in_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  visit_realm {text},
  visit_session {text},
  PRIMARY KEY (realm_id, lookup)
);
CREATE INDEX console_session_of_account ON console_session (realm_id, account_key);
CREATE INDEX console_session_old ON console_session (realm_id, signed_in_at);

CREATE TABLE console_link (
  realm_id {text} NOT NULL REFERENCES realm (id),
  lookup {blob} NOT NULL UNIQUE,
  account_key {text} NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, lookup)
);
CREATE INDEX console_link_ends ON console_link (realm_id, expires_at);

-- Which tenants stand open to an agent is asked across all of them.
CREATE INDEX invitation_of_invitee ON invitation (invitee_folded);
CREATE INDEX support_window_ends ON support_window (ends_at);

-- What opened and shut something in the past is read without looking at all that was done there: few events of many.
CREATE INDEX audit_event_of_access ON audit_event (realm_id, idx) WHERE action IN ('invitation.created', 'invitation.amended',
  'invitation.revoked', 'window.opened', 'window.amended', 'window.closed', 'customer.grant_added', 'customer.grant_removed',
  'customer.purged');
