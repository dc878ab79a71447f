/** Tells a user that they may not write in a room until a time, or may write again. */
import type { RoomId, UserId } from '@parley/protocol';
import type { Mute } from '../../model/restriction.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { ConnectedUsers } from './connected-users.ts';

interface MuteDisplayDependencies {
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'noteMute'>;
}

interface MuteAnnouncerDependencies {
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'noteMute' | 'send'>;
}

/** Sent to the connections of the user; null: the user may write again. */
interface MuteNotice {
  readonly roomId: RoomId;
  readonly mute: Mute | null;
}

/** On all nodes. */
export function announceMute(
  dependencies: MuteAnnouncerDependencies,
  userId: UserId,
  notice: MuteNotice,
): void {
  showMute(dependencies, userId, notice);
  dependencies.connectedUsers.send(userId, { kind: 'mute', ...notice });
}

/** On this node. */
export function showMute(
  { connectedUsers }: MuteDisplayDependencies,
  userId: UserId,
  { roomId, mute }: MuteNotice,
): void {
  connectedUsers.noteMute(userId, roomId, mute?.untilMs);
  broadcast({ kind: 'mute', roomId, mute }, connectedUsers.connectionsOf(userId));
}
