-- What every candidate rule made of a trigger instance. The execution of a fired one is found by
-- `executions.decision_id`.
CREATE TABLE decisions (
  id text COLLATE "C" PRIMARY KEY CHECK (length(id) = 24),
  trigger_instance_id text COLLATE "C" NOT NULL,
  -- NULL where `omitted_count` rules that did not match are not written one by one.
  rule text COLLATE "C",
  rule_revision int8,
  outcome text COLLATE "C" NOT NULL,
  reason text,
  -- The criterion that decided: key, operator, pattern, and the value that it saw.
  criterion json,
  action text COLLATE "C",
  parameters json,
  omitted_count int8,
  trace_tag text COLLATE "C",
  decided_at timestamptz NOT NULL,
  lane int2 NOT NULL
);

CREATE INDEX decisions_by_trigger_instance ON decisions (trigger_instance_id, id);
CREATE INDEX decisions_by_rule ON decisions (rule, decided_at DESC, id DESC);
CREATE INDEX decisions_by_time ON decisions (decided_at DESC, id DESC);
-- StackStorm's rule enforcements are the fired and the failed ones.
CREATE INDEX decisions_of_consequence ON decisions (decided_at DESC, id DESC)
  WHERE outcome NOT IN ('no_match', 'omitted');
