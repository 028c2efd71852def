DROP INDEX badge_claim;
CREATE INDEX badge_claim ON badge (issuer, claim, intended_at, id, achievement, state, valid_until);
DROP INDEX badge_recipient;
CREATE INDEX badge_recipient ON badge
    (lower(recipient) {by_bytes}, issuer, intended_at, id, achievement, state, valid_until, claim);
