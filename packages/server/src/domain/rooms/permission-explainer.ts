/** Tells those who manage a room why a user may, or may not, do something in it. */
import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import { NEEDS } from '../../model/command-rights.ts';
import { type Explanation, explainCommand, isForServerRoles } from '../../model/explain-command.ts';
import { permits } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { mayManage, type RoomSettings } from './room-settings.ts';

interface PermissionExplainerDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms'>;
  readonly roomSettings: Pick<RoomSettings, 'read'>;
}

interface ExplainRequest {
  readonly roomId: RoomId;
  readonly userId: UserId;
  /** Name of a command, or of the operation of a route. */
  readonly command: string;
}

export class PermissionExplainer {
  readonly #dependencies: PermissionExplainerDependencies;

  constructor(dependencies: PermissionExplainerDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Those who manage the room are told about its members and those who are banned from it, and of roles in it;
   * those who administer the server about everybody.
   *
   * @throws {ChatError} NOT_FOUND for a room that the user may not know, or a subject of whom the user is not told;
   *   FORBIDDEN for users who manage neither the room nor the server, and for a command that only a role on the server
   *   decides; VALIDATION_ERROR for an unknown command.
   */
  async explain(user: User, { roomId, userId, command }: ExplainRequest): Promise<Explanation> {
    const { store, roomSettings } = this.#dependencies;
    const own = await roomSettings.read(user, roomId);
    const administers = permits('administer', user);
    if (!mayManage(user, own) && !administers) throw new ChatError('FORBIDDEN');
    const need = NEEDS.get(command);
    if (need === undefined) {
      const message = 'No command has this name';
      throw new ChatError('VALIDATION_ERROR', { field: 'command', message });
    }
    if (!administers && isForServerRoles(need)) {
      const message = 'A role on the server decides this: those who administer the server can ask';
      throw new ChatError('FORBIDDEN', { field: 'command', message });
    }
    // Not from the cache: another node may have changed the role.
    const [subject] = await store.accounts.listUsers([userId]);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, subject.id);
    if (found === undefined) throw new ChatError('NOT_FOUND');
    if (administers) return explainCommand(need, { user: subject, found });
    // As the list of members, which disabled accounts are not in.
    const isThere = found.role !== undefined || found.ban !== undefined;
    if (!isThere || subject.disabledAtMs !== undefined) {
      throw new ChatError('NOT_FOUND', { field: 'userId' });
    }
    return explainCommand(need, { user: subject, found, isServerRoleHidden: true });
  }
}
