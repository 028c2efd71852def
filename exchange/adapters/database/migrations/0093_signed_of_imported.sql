ALTER TABLE imported_badge ADD COLUMN document {bytes};
DROP INDEX portfolio_copy_of_link;
CREATE UNIQUE INDEX portfolio_copy_of_link ON portfolio_copy (link, kind) WHERE signed IS NOT NULL;
CREATE INDEX portfolio_copy_until ON portfolio_copy (until);
DELETE FROM portfolio_copy WHERE kind = 'record' OR link IN (
    SELECT l.id FROM portfolio_link l JOIN portfolio p ON p.id = l.portfolio
    JOIN imported_badge i ON i.person = p.person
);
