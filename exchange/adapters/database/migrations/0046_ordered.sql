ALTER TABLE batch_row ADD COLUMN ordered TEXT;
UPDATE batch_row SET ordered = (SELECT issuer || '/' || achievement FROM batch WHERE id = batch_row.batch)
WHERE id IN (
    SELECT min(r.id) FROM batch_row r JOIN batch b ON b.id = r.batch
    WHERE b.state IN ('running', 'paused') AND r.state = 'ready'
    GROUP BY b.issuer, b.achievement, lower(r.recipient));
CREATE UNIQUE INDEX batch_row_ordered ON batch_row (
    ordered,
    (CASE WHEN substr(recipient, 1, 7) = 'mailto:' THEN lower(recipient) ELSE recipient END)
) WHERE ordered IS NOT NULL;
