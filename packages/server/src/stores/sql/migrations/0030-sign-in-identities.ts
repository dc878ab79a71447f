/** Users sign in with identities of providers (OpenID Connect). */
import type { Migration } from './migration.ts';

export const signInIdentities: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Apart from external_identities: tokens of another issuer never act for an account of this server.
CREATE TABLE sign_in_identities (
  issuer TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
-- An account has one identity at each issuer.
CREATE UNIQUE INDEX sign_in_identities_by_user ON sign_in_identities (user_id, issuer);
`,
  ],
};
