/** Tells members who are connected that their workspace has another name or picture. */
import type { UserId } from '@parley/protocol';
import type { Workspace } from '../../model/workspace.ts';
import { type Store, StoreUnavailable } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import { broadcast } from '../delivery/fan-out.ts';

interface WorkspaceNewsDependencies {
  readonly store: Pick<Store, 'workspaces'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'ids' | 'connectionsOf'>;
  readonly nodes: Pick<OtherNodes, 'isShared' | 'send'>;
}

/** Users of one statement. */
const ASKED_MAX = 1000;

export class WorkspaceNews {
  readonly #dependencies: WorkspaceNewsDependencies;

  constructor(dependencies: WorkspaceNewsDependencies) {
    this.#dependencies = dependencies;
  }

  async announce(workspace: Workspace): Promise<void> {
    const { nodes } = this.#dependencies;
    if (nodes.isShared) nodes.send({ kind: 'workspace', workspace });
    await this.show(workspace);
  }

  /**
   * Tells the members who are connected to this node. Nothing repairs it before their clients ask
   * again: while the store is down, nothing is sent.
   */
  async show(workspace: Workspace): Promise<void> {
    const { connectedUsers } = this.#dependencies;
    const ids = [...connectedUsers.ids()];
    for (let start = 0; start < ids.length; start += ASKED_MAX) {
      const members = await this.#membersAmong(workspace, ids.slice(start, start + ASKED_MAX));
      const connections = members.flatMap((id) => connectedUsers.connectionsOf(id));
      broadcast({ kind: 'workspace-changed', workspace }, connections);
    }
  }

  async #membersAmong({ id }: Workspace, userIds: readonly UserId[]): Promise<readonly UserId[]> {
    try {
      return await this.#dependencies.store.workspaces.filterWorkspaceMembers(id, userIds);
    } catch (error) {
      if (error instanceof StoreUnavailable) return [];
      throw error;
    }
  }
}
