-- Where each projection stands in each partition of its topics, moved in the transaction of its
-- rows. `incarnation` is the log's: another one means that the offset belongs to another log.
CREATE TABLE offsets (
  projection text COLLATE "C" NOT NULL,
  partition text COLLATE "C" NOT NULL,
  next_offset int8 NOT NULL,
  incarnation text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (projection, partition)
);

-- Records that a projection could not take; its cursor has gone on. A range of records that were
-- trimmed before they were projected has no text and reaches to `until_offset`.
CREATE TABLE projection_errors (
  projection text COLLATE "C" NOT NULL,
  partition text COLLATE "C" NOT NULL,
  record_offset int8 NOT NULL,
  record_index int4 NOT NULL DEFAULT 0,
  until_offset int8,
  reason text NOT NULL,
  record text,
  happened_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (projection, partition, record_offset, record_index)
);
