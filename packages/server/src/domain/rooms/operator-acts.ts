/**
 * Applies on this node what the operator does to rooms at the command line, beside the servers. Every
 * node reads it from the audit log, whose entries are in the transactions of the acts.
 */
import type { RoomId, UserId } from '@parley/protocol';
import { type AuditEntry, OPERATOR } from '../../model/audit.ts';
import { permissionsOf } from '../../model/room-permissions.ts';
import type { AuditStore } from '../../ports/audit-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import { showMembershipChange } from '../core/membership-announcer.ts';
import type { AccessLostAnnouncer } from '../delivery/access-lost-announcer.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';
import type { DomainSettings } from '../settings.ts';
import { showChange } from './room-changes.ts';
import type { RoomReaper } from './room-reaper.ts';

const INTERVAL_MS = 2000;
/** Entries in one read. */
const PAGE_LENGTH = 500;

interface OperatorActsDependencies {
  readonly store: { readonly audit: Pick<AuditStore, 'listAudit' | 'readAuditChain'> };
  readonly rooms: Pick<RoomStore, 'listMembershipChanges'>;
  readonly settings: Pick<DomainSettings, 'largeRoomPeople'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'membersOf'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
  readonly accessLost: Pick<AccessLostAnnouncer, 'announce'>;
  readonly roomReaper: Pick<RoomReaper, 'finish'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
}

export function followOperator(dependencies: OperatorActsDependencies): Repeated {
  const { audit } = dependencies.store;
  let after: number | undefined;
  return repeated(dependencies, INTERVAL_MS, async () => {
    // Of before the start, clients have seen nothing.
    after ??= (await audit.listAudit({ limit: 1 }))[0]?.id ?? 0;
    let page: readonly AuditEntry[];
    do {
      page = await audit.readAuditChain(after, PAGE_LENGTH);
      for (const entry of page) if (entry.actor === OPERATOR) await apply(dependencies, entry);
      after = page.at(-1)?.id ?? after;
    } while (page.length === PAGE_LENGTH);
  });
}

async function apply(dependencies: OperatorActsDependencies, entry: AuditEntry): Promise<void> {
  const { action, target, detail, atMs } = entry;
  // The store has written the ids: the casts are safe.
  switch (action) {
    case 'room.delete':
      closeDeleted(dependencies, target as RoomId);
      return;
    case 'room.archive':
    case 'room.unarchive':
      showArchived(dependencies, target as RoomId, action === 'room.archive' ? atMs : undefined);
      return;
    case 'member.role':
      await showRoles(dependencies, detail.split(' ')[0] as RoomId, target as UserId);
      return;
    default:
  }
}

/** On the connections of this node: each other node does the same. */
function closeDeleted(dependencies: OperatorActsDependencies, roomId: RoomId): void {
  const { connectedUsers, accessLost, background, roomReaper } = dependencies;
  const ended = { roomId, reason: 'deleted', sequence: 0, isLogged: false } as const;
  for (const userId of connectedUsers.membersOf(roomId)) accessLost.announce({ userId, ...ended });
  background.run(roomReaper.finish(roomId));
}

function showArchived(
  { streams, events }: OperatorActsDependencies,
  roomId: RoomId,
  archivedAtMs: number | undefined,
): void {
  events.emit('archived', roomId);
  const stream = streams.get(roomId);
  if (stream === undefined) return;
  const { name, topic = '' } = stream.room;
  const permissions = permissionsOf(stream.room);
  showChange(stream, { name, topic, ...permissions, archivedAtMs: archivedAtMs ?? null });
}

/** The latest change to the role of the user, with that of the former owner. */
async function showRoles(
  dependencies: OperatorActsDependencies,
  roomId: RoomId,
  userId: UserId,
): Promise<void> {
  const { streams, rooms } = dependencies;
  const stream = streams.get(roomId);
  if (stream === undefined) return;
  const changes = await rooms.listMembershipChanges({ roomId, from: 0, to: undefined });
  const byOperator = changes.filter(({ actorId }) => actorId === (OPERATOR as string));
  const last = byOperator.findLast((change) => change.userId === userId);
  for (const change of byOperator) {
    if (change.createdAtMs !== last?.createdAtMs) continue;
    showMembershipChange(dependencies, stream, change);
  }
}
