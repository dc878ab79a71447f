/** Tells those who manage a room why a user may, or may not, do something in it. */
import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import { NEEDS } from '../../model/command-rights.ts';
import { type Explanation, explainCommand } from '../../model/explain-command.ts';
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
   * @throws {ChatError} NOT_FOUND for a room that the user may not know, or an unknown subject; FORBIDDEN for
   *   users who manage neither the room nor the server; VALIDATION_ERROR for an unknown command.
   */
  async explain(user: User, { roomId, userId, command }: ExplainRequest): Promise<Explanation> {
    const { store, roomSettings } = this.#dependencies;
    const own = await roomSettings.read(user, roomId);
    if (!mayManage(user, own) && !permits('administer', user)) throw new ChatError('FORBIDDEN');
    const need = NEEDS.get(command);
    if (need === undefined) {
      const message = 'No command has this name';
      throw new ChatError('VALIDATION_ERROR', { field: 'command', message });
    }
    // Not from the cache: another node may have changed the role.
    const [subject] = await store.accounts.listUsers([userId]);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, subject.id);
    if (found === undefined) throw new ChatError('NOT_FOUND');
    return explainCommand(need, { user: subject, found });
  }
}
