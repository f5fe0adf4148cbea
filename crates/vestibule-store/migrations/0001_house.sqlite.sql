-- Records of the log are neither changed nor removed; a redaction (bytes to NULL) is the one exception.
CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END;
CREATE TRIGGER audit_event_is_fixed BEFORE UPDATE ON audit_event WHEN NEW.bytes IS NOT NULL
  OR NEW.realm_id IS NOT OLD.realm_id OR NEW.idx IS NOT OLD.idx OR NEW.id IS NOT OLD.id
  BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END;
CREATE TRIGGER audit_leaf_is_kept BEFORE DELETE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'audit leaves are never deleted'); END;
CREATE TRIGGER audit_leaf_is_fixed BEFORE UPDATE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'audit leaves are never changed'); END;
