-- Who may do what, in full: who made and changed roles, groups and attachments, what is known of people,
-- groups of other things than people, and invitations of people.
-- Servers of before go on writing: what they do not name is filled in. An empty author is nobody, an attachment
-- without an id has one that is worked out from its key (core: `Attachment::derived_id`), no `modified_at` means
-- that nothing was changed since authors are kept.

ALTER TABLE role ADD COLUMN created_by {text};
ALTER TABLE role ADD COLUMN modified_by {text};
ALTER TABLE role ADD COLUMN modified_at BIGINT;

ALTER TABLE role_assignment ADD COLUMN id {text};
ALTER TABLE role_assignment ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE role_assignment ADD COLUMN created_by {text};
ALTER TABLE role_assignment ADD COLUMN modified_by {text};
ALTER TABLE role_assignment ADD COLUMN modified_at BIGINT;

ALTER TABLE account ADD COLUMN first_name {text} NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN last_name {text} NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN contact_number {text} NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN terms_first_at BIGINT;
ALTER TABLE account ADD COLUMN terms_last_at BIGINT;
ALTER TABLE account ADD COLUMN created_by {text};
ALTER TABLE account ADD COLUMN modified_by {text};
ALTER TABLE account ADD COLUMN modified_at BIGINT;

ALTER TABLE account_group ADD COLUMN created_by {text};
ALTER TABLE account_group ADD COLUMN modified_by {text};
ALTER TABLE account_group ADD COLUMN modified_at BIGINT;

ALTER TABLE group_member ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE group_member ADD COLUMN created_by {text};
ALTER TABLE group_nesting ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE group_nesting ADD COLUMN created_by {text};

-- Groups of any type but `user`, whose groups are `account_group`.
CREATE TABLE resource_group (
  realm_id {text} NOT NULL REFERENCES realm (id),
  type {text} NOT NULL,
  id {text} NOT NULL,
  name {text} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  modified_by {text},
  modified_at BIGINT,
  PRIMARY KEY (realm_id, type, id)
);

CREATE TABLE resource_group_item (
  realm_id {text} NOT NULL,
  type {text} NOT NULL,
  item_id {text} NOT NULL,
  group_id {text} NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  PRIMARY KEY (realm_id, type, item_id, group_id),
  FOREIGN KEY (realm_id, type, group_id) REFERENCES resource_group (realm_id, type, id) ON DELETE CASCADE
);
CREATE INDEX resource_group_item_of_group ON resource_group_item (realm_id, type, group_id);

CREATE TABLE resource_group_nesting (
  realm_id {text} NOT NULL,
  type {text} NOT NULL,
  group_id {text} NOT NULL,
  parent_id {text} NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  PRIMARY KEY (realm_id, type, group_id, parent_id),
  FOREIGN KEY (realm_id, type, group_id) REFERENCES resource_group (realm_id, type, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, type, parent_id) REFERENCES resource_group (realm_id, type, id) ON DELETE CASCADE
);
CREATE INDEX resource_group_nesting_of_parent ON resource_group_nesting (realm_id, type, parent_id);

-- What stands in a letter's link and must not be read in the outbox: sealed, and gone once the letter has left.
ALTER TABLE outbox ADD COLUMN secret {blob};

-- lookup: the keyed hash of the secret in the link. A row whose account_key was there from the first asks that
-- account for a password and nothing else: is_for_account.
CREATE TABLE account_invitation (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id {text} NOT NULL,
  email {text} NOT NULL,
  first_name {text} NOT NULL,
  last_name {text} NOT NULL,
  contact_number {text} NOT NULL,
  role_ids {text} NOT NULL,
  ends_at BIGINT,
  expires_at BIGINT NOT NULL,
  accepted_at BIGINT,
  is_for_account BIGINT NOT NULL,
  account_key {text},
  lookup {blob} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by {text},
  modified_by {text},
  modified_at BIGINT,
  PRIMARY KEY (realm_id, id)
);
