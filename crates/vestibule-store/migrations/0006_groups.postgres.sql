-- The system groups of the realms that are there. Their ids are older than all others: lists run by id.
INSERT INTO account_group (realm_id, id, name, description, system, version, created_at)
  SELECT id, '00000000-0000-7000-8000-' || right(gen_random_uuid()::text, 12), 'Everyone', 'System group which contains all users', 'everyone', 1, created_at
  FROM realm;
INSERT INTO account_group (realm_id, id, name, description, system, version, created_at)
  SELECT id, '00000000-0000-7000-8000-' || right(gen_random_uuid()::text, 12), 'Service Accounts', 'System group which contains all service accounts',
    'service_accounts', 1, created_at
  FROM realm;
