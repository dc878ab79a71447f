/** Creates, lists and finds workspaces. */

import { ChatError, type WorkspaceId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import { isServerAdmin, type User } from '../../model/user.ts';
import type { FoundWorkspace, OwnWorkspace, Workspace } from '../../model/workspace.ts';
import { mayRenameWorkspace } from '../../model/workspace-policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import { requireRight } from '../core/require-right.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';

interface WorkspacesDependencies {
  readonly store: Pick<Store, 'workspaces'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'creations'>;
}

const WORKSPACE_NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 100 };
const WORKSPACES_LISTED_MAX = 1000;

export class Workspaces {
  readonly #dependencies: WorkspacesDependencies;

  constructor(dependencies: WorkspacesDependencies) {
    this.#dependencies = dependencies;
  }

  async create(user: User, name: string): Promise<OwnWorkspace> {
    requireRight(user, 'create-workspaces');
    const shown = toName(name, WORKSPACE_NAME);
    await this.#dependencies.userLimits.creations.take(user.id);
    const workspace: Workspace = {
      id: this.#dependencies.secrets.newId() as WorkspaceId, // Generated here: the cast is safe.
      name: shown,
      createdAtMs: this.#dependencies.clock.nowMs(),
    };
    await this.#dependencies.store.workspaces.createWorkspace(workspace, user.id);
    return { workspace, role: 'owner' };
  }

  /** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND; FORBIDDEN for members who are not owners; RATE_LIMITED. */
  async rename(
    user: ActingUser,
    { workspaceId, name }: { readonly workspaceId: WorkspaceId; readonly name: string },
  ): Promise<FoundWorkspace> {
    const { store, userLimits, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const { workspace, role } = await this.findOwn(user, workspaceId);
    if (!mayRenameWorkspace({ role: user.role, workspaceRole: role })) {
      throw new ChatError('FORBIDDEN');
    }
    const shown = toName(name, WORKSPACE_NAME);
    await store.workspaces.renameWorkspace(workspaceId, shown, byOf(user, clock));
    return { workspace: { ...workspace, name: shown }, role };
  }

  /** Oldest first; `after` is the id of a workspace. */
  async list(user: User, page: PageRequest = {}): Promise<Page<OwnWorkspace>> {
    const { limit = WORKSPACES_LISTED_MAX } = page;
    const after = page.after as WorkspaceId | undefined; // Only compared.
    const { workspaces } = this.#dependencies.store;
    const rows = await workspaces.listWorkspacesOf(user.id, limit + 1, after);
    return cutPage(rows, limit, ({ workspace }) => workspace.id);
  }

  /** @throws {ChatError} NOT_FOUND for users who are not members. */
  async findOwn(user: User, workspaceId: WorkspaceId): Promise<FoundWorkspace> {
    const { store } = this.#dependencies;
    const found = await store.workspaces.findWorkspace(workspaceId, user.id);
    if (found === undefined || (found.role === undefined && !isServerAdmin(user))) {
      throw new ChatError('NOT_FOUND');
    }
    return found;
  }
}
