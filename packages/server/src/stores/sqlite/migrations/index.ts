/** Schema versions in order; version n is the n-th entry. Entries are appended, never edited. */
import { foundation } from './0001-foundation.ts';
import { log } from './0002-log.ts';
import { workspaces } from './0003-workspaces.ts';
import { appended } from './0004-appended.ts';
import { attachments } from './0005-attachments.ts';
import { readSteps } from './0006-read-steps.ts';
import { invitations } from './0007-invitations.ts';
import { boundedReads } from './0008-bounded-reads.ts';
import { revocations } from './0009-revocations.ts';
import { pendingLosses } from './0010-pending-losses.ts';
import { leftoverReactions } from './0011-leftover-reactions.ts';
import { pinnedMessages } from './0012-pinned-messages.ts';
import { displayNames } from './0013-display-names.ts';
import { topics } from './0014-topics.ts';

export const MIGRATIONS: readonly string[] = Object.freeze([
  foundation,
  log,
  workspaces,
  appended,
  attachments,
  readSteps,
  invitations,
  boundedReads,
  revocations,
  pendingLosses,
  leftoverReactions,
  pinnedMessages,
  displayNames,
  topics,
]);
