-- What robots are there for, what a realm's own sign-on calls its people, and what new users of a realm begin with.
-- Servers of before go on writing: what they do not name is filled in.

ALTER TABLE account ADD COLUMN description {text} NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN sso_id {text} NOT NULL DEFAULT '';

-- permissions, group_ids: lists in JSON. A realm without a row gives new users nothing.
CREATE TABLE realm_default (
  realm_id {text} NOT NULL PRIMARY KEY REFERENCES realm (id),
  permissions {text} NOT NULL,
  group_ids {text} NOT NULL
);

-- Searches tell accounts in the order of their folded ids.
CREATE INDEX account_of_kind_in_order ON account (realm_id, kind, id_folded);
