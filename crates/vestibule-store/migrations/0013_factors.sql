-- What people prove beside a password, or instead of one, at the console. secret: sealed; an app's, or the public half of a
-- passkey. lookup: the keyed hash of a passkey's id, by which it is found without a realm. Servers of before know of none of it.
CREATE TABLE factor (
  realm_id {text} NOT NULL,
  id {text} NOT NULL,
  account_key {text} NOT NULL,
  kind {text} NOT NULL,
  name {text} NOT NULL,
  lookup {blob} UNIQUE,
  secret {blob} NOT NULL,
  step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  PRIMARY KEY (realm_id, id),
  FOREIGN KEY (realm_id, account_key) REFERENCES account (realm_id, key) ON DELETE CASCADE
);
CREATE INDEX factor_of_account ON factor (realm_id, account_key);

-- lookup: the keyed hash of a code that stands for a lost factor, once.
CREATE TABLE recovery_code (
  realm_id {text} NOT NULL,
  account_key {text} NOT NULL,
  lookup {blob} NOT NULL,
  PRIMARY KEY (realm_id, account_key, lookup),
  FOREIGN KEY (realm_id, account_key) REFERENCES account (realm_id, key) ON DELETE CASCADE
);

-- Challenges that a passkey has answered, and must not answer again while they are good.
CREATE TABLE answered_challenge (
  realm_id {text} NOT NULL REFERENCES realm (id),
  lookup {blob} NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (realm_id, lookup)
);
CREATE INDEX answered_challenge_ends ON answered_challenge (realm_id, until);
