/**
 * A store in memory for tests and simulations. It keeps every guarantee of its ports except one,
 * which it reports: no data survives the process.
 */
import { randomBytes } from 'node:crypto';
import type { Store } from '../../ports/store.ts';
import { memoryAccountStore } from './accounts.ts';
import { memoryInvitationStore } from './invitations.ts';
import { memoryEventLog } from './log.ts';
import { memoryRoomStore } from './rooms.ts';
import { memorySessionStore } from './sessions.ts';
import { emptyTables } from './tables.ts';
import { memoryWorkspaceStore } from './workspaces.ts';

/** `newLogId` creates parts of epochs; a simulation derives them from its seed. */
export function openMemoryStore(
  newLogId: () => string = () => randomBytes(6).toString('hex'),
): Store {
  const tables = emptyTables(newLogId);
  return {
    accounts: memoryAccountStore(tables),
    sessions: memorySessionStore(tables),
    rooms: memoryRoomStore(tables),
    workspaces: memoryWorkspaceStore(tables),
    invitations: memoryInvitationStore(tables),
    log: memoryEventLog(tables),
    weakenedBy: [],
    description: 'memory: nothing survives the process',
    close: async () => {},
  };
}
