-- Departments of customers and people, the names of customers that are not one person, and what customers are searched
-- by. Servers of before go on writing: what they do not name is filled in.

ALTER TABLE realm ADD COLUMN departmentalization BIGINT NOT NULL DEFAULT 0;

CREATE TABLE department (
  realm_id {text} NOT NULL REFERENCES realm (id),
  id BIGINT NOT NULL,
  name {text} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (realm_id, id),
  UNIQUE (realm_id, name)
);

-- Until now a department was what customers were said to be in.
INSERT INTO department (realm_id, id, name, created_at)
  SELECT realm_id, 999 + ROW_NUMBER() OVER (PARTITION BY realm_id ORDER BY department), department, MIN(created_at)
  FROM customer WHERE department IS NOT NULL GROUP BY realm_id, department;

-- foreign_departments: names, in JSON.
ALTER TABLE account ADD COLUMN home_department {text};
ALTER TABLE account ADD COLUMN foreign_departments {text} NOT NULL DEFAULT '[]';

ALTER TABLE customer ADD COLUMN name {text};
