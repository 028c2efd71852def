CREATE INDEX endorsement_issuer ON endorsement (issuer, signed_at) WHERE issuer <> '';
