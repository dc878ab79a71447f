/** What can be asked for about workspaces and channels, over HTTP. Each command is in `workspaces.ts`. */
import type { WorkspaceId } from '@parley/protocol';
import type { Channel } from '../../model/channel.ts';
import type { User } from '../../model/user.ts';
import type { OwnWorkspace, WorkspaceMember } from '../../model/workspace.ts';
import type { Parts } from '../parts.ts';
import {
  changeChannel,
  createChannel,
  createWorkspace,
  listChannels,
  listWorkspaceMembers,
  listWorkspaces,
  type MemberChange,
  type MemberRequest,
  type MembersRequest,
  removeWorkspaceMember,
  setWorkspaceMember,
} from './workspaces.ts';

export class WorkspaceCommands {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  create(user: User, name: string): Promise<OwnWorkspace> {
    return createWorkspace(this.#parts, user, name);
  }

  list(user: User): Promise<OwnWorkspace[]> {
    return listWorkspaces(this.#parts, user);
  }

  listMembers(user: User, request: MembersRequest): Promise<WorkspaceMember[]> {
    return listWorkspaceMembers(this.#parts, user, request);
  }

  setMember(user: User, request: Parameters<typeof setWorkspaceMember>[2]): Promise<MemberChange> {
    return setWorkspaceMember(this.#parts, user, request);
  }

  removeMember(user: User, request: MemberRequest): Promise<void> {
    return removeWorkspaceMember(this.#parts, user, request);
  }

  createChannel(user: User, request: Parameters<typeof createChannel>[2]): Promise<Channel> {
    return createChannel(this.#parts, user, request);
  }

  listChannels(user: User, workspaceId: WorkspaceId): Promise<Channel[]> {
    return listChannels(this.#parts, user, workspaceId);
  }

  changeChannel(user: User, request: Parameters<typeof changeChannel>[2]): Promise<Channel> {
    return changeChannel(this.#parts, user, request);
  }
}
