-- The live output of actions, piece by piece.
CREATE TABLE execution_output (
  execution_id text COLLATE "C" NOT NULL,
  seq int8 NOT NULL,
  stream text COLLATE "C" NOT NULL,
  data text NOT NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (execution_id, seq)
);

-- Rows come in the order of their time, so a small index finds the old ones.
CREATE INDEX execution_output_by_time ON execution_output USING brin (written_at);
