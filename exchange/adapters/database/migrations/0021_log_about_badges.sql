DELETE FROM log_about WHERE about LIKE 'person:%';
