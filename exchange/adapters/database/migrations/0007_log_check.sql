CREATE INDEX log_about_position ON log_about (position);

ALTER TABLE log_checkpoint DROP COLUMN signed_at;
