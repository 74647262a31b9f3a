CREATE TABLE executions (
  id text COLLATE "C" PRIMARY KEY CHECK (length(id) = 24),
  action text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  parameters json NOT NULL,
  result json,
  -- Bytes of the result's text.
  result_size int8 NOT NULL DEFAULT 0,
  context jsonb NOT NULL,
  user_name text NOT NULL,
  parent text COLLATE "C",
  rule text COLLATE "C",
  trigger_instance_id text COLLATE "C",
  decision_id text COLLATE "C",
  -- When it was asked for, as StackStorm has it; `started_at` is when its runner was called.
  start_timestamp timestamptz NOT NULL,
  started_at timestamptz,
  end_timestamp timestamptz,
  -- The transitions: [{"timestamp", "status"}].
  log jsonb NOT NULL,
  worker text,
  attempt int4 NOT NULL DEFAULT 0,
  delay_ms int8 NOT NULL DEFAULT 0,
  trace_tag text COLLATE "C",
  lane int2 NOT NULL
);

CREATE INDEX executions_by_time ON executions (start_timestamp DESC, id DESC);
CREATE INDEX executions_by_status ON executions (status, start_timestamp DESC, id DESC);
CREATE INDEX executions_by_action ON executions (action, start_timestamp DESC, id DESC);
CREATE INDEX executions_by_rule
  ON executions (rule, start_timestamp DESC, id DESC) WHERE rule IS NOT NULL;
CREATE INDEX executions_by_parent
  ON executions (parent, start_timestamp, id) WHERE parent IS NOT NULL;
CREATE INDEX executions_by_trigger_instance
  ON executions (trigger_instance_id) WHERE trigger_instance_id IS NOT NULL;
CREATE INDEX executions_by_decision
  ON executions (decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX executions_by_user ON executions (user_name, start_timestamp DESC, id DESC);
CREATE INDEX executions_by_trace ON executions (trace_tag) WHERE trace_tag IS NOT NULL;
