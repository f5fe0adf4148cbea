-- What groups and roles are for, in people's own words; and the groups that every realm has from the start. Who is in
-- one of those is not stored: it follows from the kind of the account. Servers of before go on writing: a realm that
-- one of them makes has no such groups until a manifest is applied to it.

ALTER TABLE account_group ADD COLUMN description {text} NOT NULL DEFAULT '';
ALTER TABLE role ADD COLUMN description {text} NOT NULL DEFAULT '';

-- everyone, service_accounts; NULL: an ordinary group.
ALTER TABLE account_group ADD COLUMN system {text};
CREATE UNIQUE INDEX account_group_system ON account_group (realm_id, system) WHERE system IS NOT NULL;

-- The members of the system groups, and how many they are.
CREATE INDEX account_of_kind ON account (realm_id, kind, key);

-- Lists show the first hundred members of a group, and holders of a role: those are found without reading all.
CREATE INDEX group_member_in_order ON group_member (realm_id, group_id, account_key);
DROP INDEX group_member_of_group;
CREATE INDEX role_assignment_in_order ON role_assignment (realm_id, role_id, holder_kind, holder_id);
DROP INDEX role_assignment_of_role;
