ALTER TABLE endorsement_report ADD COLUMN hides TEXT NOT NULL DEFAULT '';
UPDATE endorsement_report SET hides = answer WHERE state = 'hidden';
UPDATE endorsement_report
SET hides = (SELECT e.barred FROM endorsement e WHERE e.id = endorsement_report.subject)
WHERE state = 'handed'
AND EXISTS (SELECT 1 FROM endorsement e WHERE e.id = endorsement_report.subject AND e.barred <> '')
AND NOT EXISTS (
    SELECT 1 FROM endorsement_report o WHERE o.subject = endorsement_report.subject AND o.state = 'hidden');
