ALTER TABLE endorsement_request ADD COLUMN reply TEXT NOT NULL DEFAULT '';
