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
import type { UploadedParts, Uploads } from '../files/uploads.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';
import type { WorkspaceNews } from './workspace-news.ts';

interface WorkspacesDependencies {
  readonly store: Pick<Store, 'workspaces'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'creations'>;
  readonly uploads: Pick<Uploads, 'receive'>;
  readonly news: Pick<WorkspaceNews, 'announce'>;
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
    await this.#findToChange(user, workspaceId);
    const shown = toName(name, WORKSPACE_NAME);
    await store.workspaces.renameWorkspace(workspaceId, shown, byOf(user, clock));
    return this.#announceChanged(user, workspaceId);
  }

  /**
   * Shows the middle of a picture, or none, to the members of the workspace.
   *
   * @param parts One file; undefined removes the picture.
   * @throws {FileTooLarge}
   * @throws {ChatError} As `rename`; FORBIDDEN if the server cannot decode pictures, VALIDATION_ERROR for a file that
   *   is not a picture, UNAVAILABLE.
   */
  async setPicture(
    user: ActingUser,
    workspaceId: WorkspaceId,
    parts?: UploadedParts,
  ): Promise<FoundWorkspace> {
    const { store, userLimits, clock, uploads } = this.#dependencies;
    await userLimits.changes.take(user.id);
    // Before the picture is received, which takes time, and again before it is shown.
    await this.#findToChange(user, workspaceId);
    const files = parts === undefined ? [] : await uploads.receive(user, parts, 'avatar');
    await this.#findToChange(user, workspaceId);
    const fileId = files.at(-1)?.id;
    await store.workspaces.setWorkspacePicture(workspaceId, fileId, byOf(user, clock));
    return this.#announceChanged(user, workspaceId);
  }

  /** @throws {ChatError} NOT_FOUND; FORBIDDEN for members who are not owners. */
  async #findToChange(user: ActingUser, workspaceId: WorkspaceId): Promise<void> {
    const { role: workspaceRole } = await this.findOwn(user, workspaceId);
    if (!mayRenameWorkspace({ role: user.role, workspaceRole })) throw new ChatError('FORBIDDEN');
  }

  async #announceChanged(user: ActingUser, workspaceId: WorkspaceId): Promise<FoundWorkspace> {
    const changed = await this.findOwn(user, workspaceId);
    await this.#dependencies.news.announce(changed.workspace);
    return changed;
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
