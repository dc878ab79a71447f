/** The versions of the schema, in order; version n is the n-th of them. Never edited, only added to. */
import { foundation } from './0001-foundation.ts';
import { log } from './0002-log.ts';
import { workspaces } from './0003-workspaces.ts';
import { attachments } from './0004-attachments.ts';
import { readSteps } from './0005-read-steps.ts';
import { invitations } from './0006-invitations.ts';

export interface Migration {
  readonly sql: string;
  /** The lowest version whose Parley can work with the schema after this one: nodes are upgraded in turn. */
  readonly oldestReader: number;
}

export const MIGRATIONS: readonly Migration[] = Object.freeze([
  { sql: foundation, oldestReader: 1 },
  // One that does not know these events would show what was deleted.
  { sql: log, oldestReader: 2 },
  // One that does not know channels would let anybody in, and write to those that are archived.
  { sql: workspaces, oldestReader: 3 },
  // One that does not know them would leave those of a message that it deletes.
  { sql: attachments, oldestReader: 4 },
  // One that does not know them writes none: what is read there has the time of the next step.
  { sql: readSteps, oldestReader: 4 },
  // An older node takes people in without asking them, as it did before.
  { sql: invitations, oldestReader: 4 },
]);
