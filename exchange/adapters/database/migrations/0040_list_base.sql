ALTER TABLE status_list ADD COLUMN base TEXT NOT NULL DEFAULT '';
UPDATE status_list SET base = COALESCE(
    (SELECT substr(value, 3, length(value) - 4) FROM meta WHERE name = 'bases' AND value NOT LIKE '%,%'), '');
UPDATE status_list SET open = FALSE WHERE base = '';
DROP INDEX status_list_open;
CREATE UNIQUE INDEX status_list_open ON status_list (issuer, base, purpose) WHERE open;
