-- Cases of customers, what was said in them or by itself, and the files that came with it.

-- The last number that was given in a realm to any of the three.
CREATE TABLE case_count (
  realm_id {text} NOT NULL PRIMARY KEY REFERENCES realm (id),
  last BIGINT NOT NULL
);

CREATE TABLE customer_case (
  realm_id {text} NOT NULL,
  id BIGINT NOT NULL,
  customer_id BIGINT NOT NULL,
  subject {text} NOT NULL,
  status {text} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id),
  FOREIGN KEY (realm_id, customer_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_case_of_customer ON customer_case (realm_id, customer_id, id);

CREATE TABLE activity (
  realm_id {text} NOT NULL,
  id BIGINT NOT NULL,
  case_id BIGINT,
  customer_id BIGINT NOT NULL,
  direction {text} NOT NULL,
  subject {text} NOT NULL,
  body {text} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id),
  FOREIGN KEY (realm_id, customer_id) REFERENCES customer (realm_id, id) ON DELETE CASCADE,
  FOREIGN KEY (realm_id, case_id) REFERENCES customer_case (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX activity_of_customer ON activity (realm_id, customer_id, id);
CREATE INDEX activity_of_case ON activity (realm_id, case_id, id);

CREATE TABLE attachment (
  realm_id {text} NOT NULL,
  id BIGINT NOT NULL,
  activity_id BIGINT NOT NULL,
  name {text} NOT NULL,
  content_type {text} NOT NULL,
  size BIGINT NOT NULL,
  bytes {blob} NOT NULL,
  PRIMARY KEY (realm_id, id),
  FOREIGN KEY (realm_id, activity_id) REFERENCES activity (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX attachment_of_activity ON attachment (realm_id, activity_id, id);
