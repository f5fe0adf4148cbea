-- Each thing that a log can be asked for is found in the log's order, however long the log is. Nearly all events succeed.
CREATE INDEX audit_event_of_target ON audit_event (realm_id, target_id, idx);
CREATE INDEX audit_event_of_actor ON audit_event (realm_id, actor_id, idx);
CREATE INDEX audit_event_of_action ON audit_event (realm_id, action, idx);
CREATE INDEX audit_event_not_success ON audit_event (realm_id, outcome, idx) WHERE outcome <> 'success';
-- The index by action has what this one had.
DROP INDEX audit_event_of_access;
-- Nothing asks for sealed members by their subject: a person is forgotten by the key that all of theirs are under.
DROP INDEX audit_seal_of_subject;
