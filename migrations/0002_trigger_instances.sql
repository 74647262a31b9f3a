-- Ids are 24 hexadecimal digits that sort by time; compared as bytes. Documents are `json` where
-- they are given back as they came (order of members, form of numbers) and `jsonb` where they are
-- searched.
CREATE TABLE trigger_instances (
  id text COLLATE "C" PRIMARY KEY CHECK (length(id) = 24),
  trigger text COLLATE "C" NOT NULL,
  trigger_type text COLLATE "C" NOT NULL,
  payload json,
  occurrence_time timestamptz NOT NULL,
  status text NOT NULL,
  trace_tag text COLLATE "C",
  -- The record that it follows from.
  cause text COLLATE "C",
  lane int2 NOT NULL,
  -- What the sender called the event, and where it came from.
  event_id text,
  source text,
  -- The execution whose end it tells.
  execution_id text COLLATE "C"
);

CREATE INDEX trigger_instances_by_time ON trigger_instances (occurrence_time DESC, id DESC);
CREATE INDEX trigger_instances_by_trigger
  ON trigger_instances (trigger, occurrence_time DESC, id DESC);
CREATE INDEX trigger_instances_by_type
  ON trigger_instances (trigger_type, occurrence_time DESC, id DESC);
CREATE INDEX trigger_instances_by_trace
  ON trigger_instances (trace_tag) WHERE trace_tag IS NOT NULL;
CREATE INDEX trigger_instances_by_execution
  ON trigger_instances (execution_id) WHERE execution_id IS NOT NULL;
