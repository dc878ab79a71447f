/** Previews of links are kept for a while. */
import type { Migration } from './migration.ts';

export const linkPreviews: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE link_previews (
  -- The first digits of the digest: the table has a fixed number of places.
  slot TEXT COLLATE "C" PRIMARY KEY,
  url_digest TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  title TEXT,
  description TEXT,
  site_name TEXT,
  -- No reference: the file expires by itself.
  picture_id TEXT COLLATE "C",
  picture_width BIGINT,
  picture_height BIGINT,
  fetched_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX link_previews_by_expiry ON link_previews (expires_at, slot);
`,
  ],
};
