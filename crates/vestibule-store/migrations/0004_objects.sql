-- What a realm says of its own things, for conditions and searches; and searches go through accounts by kind and id.
CREATE TABLE object (
  realm_id {text} NOT NULL REFERENCES realm (id),
  kind {text} NOT NULL,
  id {text} NOT NULL,
  attributes {text} NOT NULL,
  actions {text} NOT NULL,
  PRIMARY KEY (realm_id, kind, id)
);
CREATE INDEX account_by_kind ON account (realm_id, kind, id);
