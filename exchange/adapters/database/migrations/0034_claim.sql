ALTER TABLE badge ADD COLUMN claim TEXT NOT NULL DEFAULT '';
ALTER TABLE badge ADD COLUMN claimed_at TIMESTAMPTZ;
ALTER TABLE badge ADD COLUMN remind_at TIMESTAMPTZ;
ALTER TABLE badge ADD COLUMN reminded INT NOT NULL DEFAULT 0;
UPDATE badge SET claim = 'offered' WHERE recipient LIKE 'mailto:%';
CREATE INDEX badge_claim ON badge (issuer, claim, intended_at, id);
CREATE INDEX badge_remind ON badge (remind_at) WHERE remind_at IS NOT NULL;

ALTER TABLE ticket ADD COLUMN badge TEXT;
CREATE INDEX ticket_badge ON ticket (badge) WHERE badge IS NOT NULL;
