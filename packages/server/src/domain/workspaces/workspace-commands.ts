/** The commands for workspaces, their members and channels, bound to their dependencies. */

import type { WorkspaceId } from '@parley/protocol';
import type { Channel } from '../../model/channel.ts';
import type { User } from '../../model/user.ts';
import type { OwnWorkspace, WorkspaceMember } from '../../model/workspace.ts';
import { changeChannel, createChannel, listChannels } from './channels.ts';
import type { StrayMemberships } from './stray-memberships.ts';
import {
  listWorkspaceMembers,
  type MemberChange,
  type MemberRequest,
  type MembersRequest,
  removeWorkspaceMember,
  setWorkspaceMember,
} from './workspace-members.ts';
import { createWorkspace, listWorkspaces, type WorkspaceDependencies } from './workspaces.ts';

export class WorkspaceCommands {
  readonly #dependencies: WorkspaceDependencies;
  readonly #strayMemberships: StrayMemberships;

  constructor(dependencies: WorkspaceDependencies, strayMemberships: StrayMemberships) {
    this.#dependencies = dependencies;
    this.#strayMemberships = strayMemberships;
  }

  create(user: User, name: string): Promise<OwnWorkspace> {
    return createWorkspace(this.#dependencies, user, name);
  }

  list(user: User): Promise<OwnWorkspace[]> {
    return listWorkspaces(this.#dependencies, user);
  }

  listMembers(user: User, request: MembersRequest): Promise<WorkspaceMember[]> {
    return listWorkspaceMembers(this.#dependencies, user, request);
  }

  setMember(user: User, request: Parameters<typeof setWorkspaceMember>[2]): Promise<MemberChange> {
    return setWorkspaceMember(this.#dependencies, user, request);
  }

  removeMember(user: User, request: MemberRequest): Promise<void> {
    const strayMemberships = this.#strayMemberships;
    return removeWorkspaceMember({ ...this.#dependencies, strayMemberships }, user, request);
  }

  createChannel(user: User, request: Parameters<typeof createChannel>[2]): Promise<Channel> {
    return createChannel(this.#dependencies, user, request);
  }

  listChannels(user: User, workspaceId: WorkspaceId): Promise<Channel[]> {
    return listChannels(this.#dependencies, user, workspaceId);
  }

  changeChannel(user: User, request: Parameters<typeof changeChannel>[2]): Promise<Channel> {
    return changeChannel(this.#dependencies, user, request);
  }
}
