-- When a credential last proved somebody, at most a minute late. Apart from its row, so that noting it changes nothing
-- that anything was compiled from.
CREATE TABLE credential_use (
  realm_id {text} NOT NULL,
  credential_id {text} NOT NULL,
  used_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, credential_id),
  FOREIGN KEY (realm_id, credential_id) REFERENCES credential (realm_id, id) ON DELETE CASCADE
);
