-- Whom a realm serves, their people, who may act for whom, and the help desk that contacts are handed over to.
-- Servers of before go on writing: they know of none of these tables.

-- A purged customer keeps its row: its id, number and partner's id stay taken.
CREATE TABLE customer (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id BIGINT NOT NULL,
  number {text},
  kind {text} NOT NULL,
  status {text} NOT NULL,
  purged_at BIGINT,
  department {text},
  currency {text} NOT NULL,
  partner_account_id {text},
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  modified_by {text},
  modified_at BIGINT,
  PRIMARY KEY (realm_id, id),
  UNIQUE (realm_id, number),
  UNIQUE (realm_id, partner_account_id)
);
CREATE INDEX customer_in_order ON customer (realm_id, status, id) WHERE purged_at IS NULL;

-- details: what is known of the person, in JSON. position: tells primary contacts apart, 0 for all others.
CREATE TABLE contact (
  realm_id {text} NOT NULL,
  customer_id BIGINT NOT NULL,
  kind {text} NOT NULL,
  position BIGINT NOT NULL,
  details {text} NOT NULL,
  email_verified BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  modified_by {text},
  modified_at BIGINT,
  PRIMARY KEY (realm_id, customer_id, kind, position),
  FOREIGN KEY (realm_id, customer_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
);

-- The holder may act for the granter.
CREATE TABLE customer_grant (
  realm_id {text} NOT NULL,
  granter_id BIGINT NOT NULL,
  holder_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  PRIMARY KEY (realm_id, granter_id, holder_id),
  FOREIGN KEY (realm_id, granter_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, holder_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_grant_of_holder ON customer_grant (realm_id, holder_id, granter_id);

-- One link for each contact; its secret is kept as a keyed hash. The link is found by its selector, without a realm:
-- whoever comes back with it has no other way to say where it belongs.
CREATE TABLE email_verification (
  realm_id {text} NOT NULL,
  customer_id BIGINT NOT NULL,
  kind {text} NOT NULL,
  selector {text} NOT NULL UNIQUE,
  lookup {blob} NOT NULL,
  email {text} NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, customer_id, kind),
  FOREIGN KEY (realm_id, customer_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
);

-- return_to_hosts, claims, barred: in JSON.
CREATE TABLE help_desk (
  realm_id {text} NOT NULL PRIMARY KEY REFERENCES realm (id),
  subdomain {text} NOT NULL,
  enabled BIGINT NOT NULL,
  delivery {text} NOT NULL,
  return_to_hosts {text} NOT NULL,
  claims {text} NOT NULL,
  barred {text} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  modified_by {text},
  modified_at BIGINT
);

-- state: pending, active (one at most), retired, whose value is forgotten.
CREATE TABLE help_desk_secret (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id {text} NOT NULL,
  state {text} NOT NULL,
  fingerprint {text} NOT NULL,
  secret {blob},
  created_at BIGINT NOT NULL,
  activated_at BIGINT,
  retired_at BIGINT,
  PRIMARY KEY (realm_id, id)
);
CREATE UNIQUE INDEX help_desk_secret_active ON help_desk_secret (realm_id) WHERE state = 'active';

-- Tokens that were signed, by the hash of what is good once in them.
CREATE TABLE handoff (
  realm_id {text} NOT NULL REFERENCES realm (id),
  jti_hash {blob} NOT NULL,
  issued_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, jti_hash)
);
CREATE INDEX handoff_issued ON handoff (realm_id, issued_at);

-- Codes that stand for a token to be signed, each good once. Found by its keyed hash, without a realm, like a bearer
-- token. holder_id: the customer that acts for the other, if one does. account_realm, account_key, session_id: who asked.
CREATE TABLE handoff_code (
  realm_id {text} NOT NULL,
  lookup {blob} NOT NULL UNIQUE,
  customer_id BIGINT NOT NULL,
  holder_id BIGINT,
  kind {text} NOT NULL,
  return_to {text},
  account_realm {text},
  account_key {text},
  session_id {text},
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, lookup),
  FOREIGN KEY (realm_id, customer_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX handoff_code_ends ON handoff_code (realm_id, expires_at);

-- Whoever presents a name and a password does not say in which realm.
CREATE INDEX account_by_name ON account (id_folded);
