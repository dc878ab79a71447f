/** Second factors of accounts: secrets of authenticator apps, and recovery codes. */
import type { Migration } from './migration.ts';

export const secondFactors: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE second_factors (
  user_id TEXT COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- Encrypted with a key that is not in the database.
  sealed TEXT COLLATE "C" NOT NULL,
  -- NULL until the user has shown a code.
  confirmed_at BIGINT,
  -- Codes of this step of time and of earlier ones are used up.
  last_step BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
  code_digest TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, code_digest)
);
`,
  ],
};
