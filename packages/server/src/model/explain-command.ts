/** Says which row of the table of roles decides whether a user may do something in a room. */
import type { CommandNeed } from './command-rights.ts';
import { decideByRole, type Right, ROLE_TABLE, type RoleHolder } from './role-table.ts';
import { type FoundRoom, heldRole } from './room-member.ts';
import { decidingRow } from './room-permissions.ts';
import {
  invitingRow,
  isAllowedInArchive,
  isAllowedToReaders,
  isAllowedWhileMuted,
  isKnownToOthers,
  isPin,
} from './room-policy.ts';
import type { User } from './user.ts';

export interface Explanation {
  readonly allowed: boolean;
  /** One sentence. */
  readonly reason: string;
}

interface Subject {
  readonly user: Pick<User, 'username' | 'role' | 'disabledAtMs'>;
  readonly found: FoundRoom;
  /** The asker is told of roles in the room and its workspace only. */
  readonly isServerRoleHidden?: boolean;
}

/** Whether only a role on the server above that of members gives the right. */
export function isForServerRoles({ right }: CommandNeed): boolean {
  if (right === undefined) return false;
  const row: { readonly server?: string; readonly workspace?: string; readonly room?: string } =
    ROLE_TABLE[right];
  return row.server !== 'member' && row.workspace === undefined && row.room === undefined;
}

export function explainCommand(
  need: CommandNeed,
  { user, found, isServerRoleHidden = false }: Subject,
): Explanation {
  const { room, role: roomRole, workspaceRole, ban, mute } = found;
  const { username: name } = user;
  const no = (reason: string): Explanation => ({ allowed: false, reason });
  if (user.disabledAtMs !== undefined) return no(`The account of ${name} is disabled.`);
  const { right, kind } = need;
  if (right === undefined) {
    return { allowed: true, reason: 'Every user may: it concerns only the user.' };
  }
  if (ban !== undefined) return no(`${name} is banned from the room.`);
  const holder = { role: user.role, roomRole: heldRole(found), workspaceRole };
  const byRow = (row: Right) => explainRow(row, { name, holder, found, isServerRoleHidden });
  const isMember = roomRole !== undefined;
  if (right === 'read' || right === 'join-rooms') {
    // A private room is entered by its members only.
    if (isMember || !isKnownToOthers(room)) return byRow('read');
    const isForeign = room.kind === 'channel' && workspaceRole === undefined;
    return isForeign ? no(`${name} is not in the workspace of the channel.`) : byRow('join-rooms');
  }
  if (kind !== undefined && isMember) {
    if (room.archivedAtMs !== undefined && !isAllowedInArchive(kind)) {
      return no('The room is archived, and accepts nothing new.');
    }
    if (mute !== undefined && !isAllowedWhileMuted(kind)) {
      return no(`${name} is muted in the room until ${new Date(mute.untilMs).toISOString()}.`);
    }
    const posting = decidingRow('posting', room);
    if (posting !== 'write' && !isAllowedToReaders(kind)) return byRow(posting);
  }
  const decided = byRow(right);
  if (!decided.allowed) return decided;
  if (need.permission === 'inviting') {
    if (!isMember) return byRow('write');
    return room.kind === 'direct'
      ? no('A conversation of two has no other members.')
      : byRow(invitingRow(room));
  }
  if (kind !== undefined && isPin(kind)) return byRow(decidingRow('pinning', room));
  if (kind === 'message' || kind === 'edit') {
    const mentioning = byRow(decidingRow('mentioningAll', room));
    return mentioning.allowed
      ? decided
      : { allowed: true, reason: `Without mentions of everyone. ${mentioning.reason}` };
  }
  if (need.ofOthers === undefined) return decided;
  const ofOthers = byRow(need.ofOthers);
  if (ofOthers.allowed) return ofOthers;
  return { allowed: true, reason: `Only own messages. ${ofOthers.reason}` };
}

function explainRow(
  right: Right,
  about: Pick<Subject, 'found' | 'isServerRoleHidden'> & {
    readonly name: string;
    readonly holder: RoleHolder;
  },
): Explanation {
  const { name, holder, found } = about;
  const { kind } = found.room;
  const { isAllowed } = decideByRole(right, holder, kind);
  const { may, ...least }: { readonly may: string } & Readonly<Record<string, unknown>> =
    ROLE_TABLE[right];
  const scopes = (['server', 'workspace', 'room'] as const).filter(
    (scope) => least[scope] !== undefined && (scope !== 'workspace' || kind === 'channel'),
  );
  const needed = scopes.map((scope) => `${least[scope]} of the ${scope}`).join(' or ');
  const has = [
    ...(about.isServerRoleHidden === true ? [] : [`${holder.role} of the server`]),
    ...(kind === 'channel' && holder.workspaceRole !== undefined
      ? [`${holder.workspaceRole} of the workspace`]
      : []),
    holder.roomRole === undefined ? 'no member of the room' : `${holder.roomRole} of the room`,
  ].join(', ');
  return {
    allowed: isAllowed,
    reason: `Row ${right}: to ${may}, a user must be at least ${needed}; ${name} is ${has}.`,
  };
}
