-- How people, programs and customers sign in: where browsers may be sent back to, codes and what rests on them, links
-- in customers' letters, and sessions that begin with a name and a password. Servers of before go on writing: what
-- they do not name is filled in.

-- redirect_uris: addresses, one a line.
ALTER TABLE credential ADD COLUMN redirect_uris {text} NOT NULL DEFAULT '';

-- Whose sign-in: an account by the password that proved it, or a customer. lookup: the keyed hash of the code. kept_until:
-- nothing that came of it is good after.
CREATE TABLE client_sign_in (
  realm_id {text} NOT NULL,
  id {text} NOT NULL,
  client_id {text} NOT NULL,
  redirect_uri {text} NOT NULL,
  scopes {text} NOT NULL,
  challenge {text} NOT NULL,
  account_key {text},
  password_id {text},
  customer_id BIGINT,
  lookup {blob} NOT NULL,
  code_ends_at BIGINT NOT NULL,
  redeemed_at BIGINT,
  revoked_at BIGINT,
  kept_until BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id),
  UNIQUE (realm_id, lookup),
  FOREIGN KEY (realm_id, client_id) REFERENCES credential (realm_id, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, password_id) REFERENCES credential (realm_id, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, account_key) REFERENCES account (realm_id, key) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, customer_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX client_sign_in_ends ON client_sign_in (realm_id, kept_until);
CREATE INDEX client_sign_in_of_client ON client_sign_in (realm_id, client_id);
CREATE INDEX client_sign_in_of_password ON client_sign_in (realm_id, password_id);
CREATE INDEX client_sign_in_of_account ON client_sign_in (realm_id, account_key);
CREATE INDEX client_sign_in_of_customer ON client_sign_in (realm_id, customer_id);

-- A link in a letter to a customer's contact, good once. lookup: the keyed hash of its secret. email: where it went.
CREATE TABLE sign_in_link (
  realm_id {text} NOT NULL,
  lookup {blob} NOT NULL,
  client_id {text} NOT NULL,
  redirect_uri {text} NOT NULL,
  scopes {text} NOT NULL,
  challenge {text} NOT NULL,
  state {text},
  customer_id BIGINT NOT NULL,
  email {text} NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, lookup),
  FOREIGN KEY (realm_id, client_id) REFERENCES credential (realm_id, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, customer_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX sign_in_link_ends ON sign_in_link (realm_id, expires_at);
CREATE INDEX sign_in_link_of_client ON sign_in_link (realm_id, client_id);
CREATE INDEX sign_in_link_of_customer ON sign_in_link (realm_id, customer_id);

-- lookup: the keyed hash of the session's secret.
CREATE TABLE login_session (
  realm_id {text} NOT NULL,
  id {text} NOT NULL,
  account_key {text} NOT NULL,
  password_id {text} NOT NULL,
  lookup {blob} NOT NULL,
  started_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id),
  UNIQUE (realm_id, lookup),
  FOREIGN KEY (realm_id, account_key) REFERENCES account (realm_id, key) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, password_id) REFERENCES credential (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX login_session_of_account ON login_session (realm_id, account_key, started_at);
CREATE INDEX login_session_of_password ON login_session (realm_id, password_id);
