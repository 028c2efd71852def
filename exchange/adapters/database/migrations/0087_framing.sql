ALTER TABLE portfolio_link ADD COLUMN origins TEXT;
