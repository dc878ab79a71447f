/** The parts of the store whose operations both databases run, by their names in `Store`. */
import type { AccountStore } from '../../ports/account-store.ts';
import { ACCOUNTS } from './accounts.ts';
import { AUDIT } from './audit.ts';
import { CUSTOM_EMOJI } from './custom-emoji.ts';
import { FILES } from './files.ts';
import { IMPORTS } from './imports.ts';
import { INVITATIONS } from './invitations.ts';
import { INVITES } from './invites.ts';
import { LINK_PREVIEWS } from './link-previews.ts';
import { withNameKeys } from './name-keys.ts';
import { type Call, type Feature, type StoreOf, storeOf } from './operation.ts';
import { REMOVALS } from './removals.ts';
import { REPORT_OPERATIONS } from './reports.ts';
import { ROOMS } from './rooms.ts';
import { SAVED_MESSAGES } from './saved-messages.ts';
import { SCHEDULED_MESSAGES } from './scheduled-messages.ts';
import { SEARCH } from './search.ts';
import { SERVER_PROFILE } from './server-profile.ts';
import { SESSIONS } from './sessions.ts';
import { THREADS } from './threads.ts';
import { UNREAD } from './unread.ts';
import { USER_GROUPS } from './user-groups.ts';
import { WORKSPACES } from './workspaces.ts';

export const SQL_STORES = {
  accounts: ACCOUNTS,
  sessions: SESSIONS,
  rooms: {
    reads: { ...ROOMS.reads, ...UNREAD.reads },
    writes: { ...ROOMS.writes, ...UNREAD.writes },
    transactions: { ...ROOMS.transactions, ...UNREAD.transactions },
  },
  workspaces: WORKSPACES,
  invitations: INVITATIONS,
  invites: INVITES,
  audit: AUDIT,
  files: FILES,
  search: SEARCH,
  removals: REMOVALS,
  reports: REPORT_OPERATIONS,
  saved: SAVED_MESSAGES,
  scheduled: SCHEDULED_MESSAGES,
  serverProfile: SERVER_PROFILE,
  userGroups: USER_GROUPS,
  customEmoji: CUSTOM_EMOJI,
  linkPreviews: LINK_PREVIEWS,
  imports: IMPORTS,
  threads: THREADS,
} satisfies Readonly<Record<string, Feature>>;

type Operated = {
  readonly [Name in keyof typeof SQL_STORES]: StoreOf<(typeof SQL_STORES)[Name]>;
};

type SqlStores = Omit<Operated, 'accounts'> & { readonly accounts: AccountStore };

/** @param callOf Runs the operations of a part. */
export function sqlStores(callOf: (feature: Feature) => Call): SqlStores {
  const parts = Object.entries<Feature>(SQL_STORES).map(([name, feature]) => [
    name,
    storeOf(feature, callOf(feature)),
  ]);
  // The same names, with the methods of their operations.
  const stores = Object.fromEntries(parts) as Operated;
  return { ...stores, accounts: withNameKeys(stores.accounts) };
}
