-- A grant is its key and little else: the table is the key's index, and nothing is stored twice.
CREATE TABLE compact_grant (
  realm_id TEXT NOT NULL,
  granter_id BIGINT NOT NULL,
  holder_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT,
  PRIMARY KEY (realm_id, granter_id, holder_id),
  FOREIGN KEY (realm_id, granter_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, holder_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO compact_grant (realm_id, granter_id, holder_id, created_at, created_by)
  SELECT realm_id, granter_id, holder_id, created_at, created_by FROM customer_grant;
DROP TABLE customer_grant;
ALTER TABLE compact_grant RENAME TO customer_grant;
CREATE INDEX customer_grant_of_holder ON customer_grant (realm_id, holder_id, granter_id);

-- What people are found by, without ASCII case, taken from what is known of them whoever wrote it.
ALTER TABLE contact ADD COLUMN email TEXT GENERATED ALWAYS AS (lower(details ->> '$.media.email1')) VIRTUAL;
ALTER TABLE contact ADD COLUMN phone TEXT GENERATED ALWAYS AS (details ->> '$.media.phone1') VIRTUAL;
ALTER TABLE contact ADD COLUMN called TEXT
  GENERATED ALWAYS AS (lower(trim((details ->> '$.name.first') || ' ' || (details ->> '$.name.last')))) VIRTUAL;
CREATE INDEX contact_by_email ON contact (realm_id, email, customer_id) WHERE email <> '';
CREATE INDEX contact_by_phone ON contact (realm_id, phone, customer_id) WHERE phone <> '';
