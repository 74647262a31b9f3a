-- The newest revision of every pack, rule, action, trigger type ...; what was removed stays, marked.
CREATE TABLE content (
  kind text COLLATE "C" NOT NULL,
  ref text COLLATE "C" NOT NULL,
  pack text COLLATE "C" GENERATED ALWAYS AS (split_part(ref, '.', 1)) STORED,
  -- Kept from its first revision on.
  id text COLLATE "C" NOT NULL,
  -- The offset of its record in topic `content`.
  revision int8 NOT NULL,
  body json NOT NULL,
  deleted bool NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (kind, ref)
);

CREATE INDEX content_by_pack ON content (kind, pack, ref) WHERE NOT deleted;
CREATE UNIQUE INDEX content_by_id ON content (kind, id);
