-- Records of the log are neither changed nor removed; a redaction (bytes to NULL) is the one exception.
CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit events are never changed or deleted'; END $$;
CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_event_is_fixed BEFORE UPDATE ON audit_event FOR EACH ROW
  WHEN (NEW.bytes IS NOT NULL OR NEW.realm_id <> OLD.realm_id OR NEW.idx <> OLD.idx OR NEW.id <> OLD.id)
  EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_event_is_whole BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_leaf_is_kept BEFORE UPDATE OR DELETE ON audit_leaf FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_leaf_is_whole BEFORE TRUNCATE ON audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
