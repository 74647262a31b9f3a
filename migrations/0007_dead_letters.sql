-- What could not be understood or delivered: where the dead letter stands, then what it is about.
CREATE TABLE dead_letters (
  partition text COLLATE "C" NOT NULL,
  record_offset int8 NOT NULL,
  record_index int4 NOT NULL,
  reason text NOT NULL,
  given_up_by text NOT NULL,
  topic text COLLATE "C" NOT NULL,
  topic_offset int8 NOT NULL,
  input text,
  record text,
  happened_at timestamptz NOT NULL,
  PRIMARY KEY (partition, record_offset, record_index)
);

CREATE INDEX dead_letters_by_time ON dead_letters (happened_at DESC);
CREATE INDEX dead_letters_by_topic ON dead_letters (topic, topic_offset);
