-- The addresses of the contacts that are there, as they are compared: the domain without case.
UPDATE contact SET email_key = (
  SELECT substr(e, 1, strpos(e, '@')) || lower(substr(e, strpos(e, '@') + 1))
  FROM (SELECT trim(contact.details::jsonb #>> '{media,email1}') AS e) AS address
  WHERE e <> ''
);
