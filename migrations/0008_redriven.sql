-- Whether somebody has sent the input of a dead letter again, when and why.
ALTER TABLE dead_letters ADD COLUMN redriven_at timestamptz;
ALTER TABLE dead_letters ADD COLUMN redrive_reason text;
