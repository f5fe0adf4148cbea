-- What people are found by, without ASCII case, taken from what is known of them whoever wrote it.
ALTER TABLE contact ADD COLUMN email TEXT COLLATE "C"
  GENERATED ALWAYS AS (lower((details::jsonb #>> '{media,email1}') COLLATE "C")) STORED;
ALTER TABLE contact ADD COLUMN phone TEXT COLLATE "C" GENERATED ALWAYS AS (details::jsonb #>> '{media,phone1}') STORED;
ALTER TABLE contact ADD COLUMN called TEXT COLLATE "C" GENERATED ALWAYS AS
  (lower(trim((details::jsonb #>> '{name,first}') || ' ' || (details::jsonb #>> '{name,last}')) COLLATE "C")) STORED;
CREATE INDEX contact_by_email ON contact (realm_id, email, customer_id) WHERE email <> '';
CREATE INDEX contact_by_phone ON contact (realm_id, phone, customer_id) WHERE phone <> '';
