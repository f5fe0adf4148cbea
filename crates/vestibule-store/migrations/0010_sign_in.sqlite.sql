-- The addresses of the contacts that are there, as they are compared: the domain without case.
UPDATE contact SET email_key = (
  SELECT substr(e, 1, instr(e, '@')) || lower(substr(e, instr(e, '@') + 1))
  FROM (SELECT trim(json_extract(contact.details, '$.media.email1')) AS e) AS address
  WHERE e <> ''
);
