/** Schema versions in order; version n is the n-th entry. Entries are appended, never edited. */
import { foundation } from './0001-foundation.ts';
import { log } from './0002-log.ts';
import { workspaces } from './0003-workspaces.ts';
import { attachments } from './0004-attachments.ts';
import { readSteps } from './0005-read-steps.ts';
import { invitations } from './0006-invitations.ts';
import { boundedReads } from './0007-bounded-reads.ts';
import { revocations } from './0008-revocations.ts';
import { pendingLosses } from './0009-pending-losses.ts';
import { leftoverReactions } from './0010-leftover-reactions.ts';
import { pinnedMessages } from './0011-pinned-messages.ts';
import { displayNames } from './0012-display-names.ts';
import { topics } from './0013-topics.ts';
import { plainMessages } from './0014-plain-messages.ts';

export interface Migration {
  readonly sql: string;
  /**
   * Lowest version whose Parley can work with the schema after this migration: nodes are upgraded
   * one by one.
   */
  readonly oldestReader: number;
}

export const MIGRATIONS: readonly Migration[] = Object.freeze([
  { sql: foundation, oldestReader: 1 },
  // An older node would show deleted text.
  { sql: log, oldestReader: 2 },
  // An older node would admit any user to channels, and write to archived ones.
  { sql: workspaces, oldestReader: 3 },
  // An older node would keep the attachments of a message that it deletes.
  { sql: attachments, oldestReader: 4 },
  // An older node writes no steps: what is read there gets the time of the next step.
  { sql: readSteps, oldestReader: 4 },
  // An older node adds users without asking them, as before.
  { sql: invitations, oldestReader: 4 },
  // An older node reads the tables as before; triggers count its reactions.
  { sql: boundedReads, oldestReader: 4 },
  // A trigger notes the sessions that an older node ends.
  { sql: revocations, oldestReader: 4 },
  // An older node has its logs in the database, where the table stays empty.
  { sql: pendingLosses, oldestReader: 4 },
  // An older node would show the reactions of a deleted message, which it does not count.
  { sql: leftoverReactions, oldestReader: 7 },
  // An older node does not use the index.
  { sql: pinnedMessages, oldestReader: 7 },
  // An older node shows usernames; a search finds those that it creates by them.
  { sql: displayNames, oldestReader: 7 },
  // An older node shows no topics.
  { sql: topics, oldestReader: 7 },
  // An older node does not use the function.
  { sql: plainMessages, oldestReader: 7 },
]);
