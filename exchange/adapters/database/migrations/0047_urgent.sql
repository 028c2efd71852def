CREATE INDEX outbox_urgent ON outbox (channel, due_at, id)
WHERE expires_at IS NOT NULL AND sent_at IS NULL AND failed_at IS NULL;
