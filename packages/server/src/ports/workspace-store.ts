/** Workspaces: who belongs to them, and their channels. A channel is a room that the members of its workspace may read. */

import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { Channel, ChannelChange, StrayMembership } from '../model/channel.ts';
import type {
  MemberChangeRequest,
  MemberPage,
  OwnWorkspace,
  Workspace,
  WorkspaceMember,
} from '../model/workspace.ts';
import type { MemberVerdict, WorkspaceRole } from '../model/workspace-policy.ts';

export interface WorkspaceStore {
  createWorkspace(workspace: Workspace, ownerId: UserId): Promise<void>;
  /** With the role of the one who asks, if they have one. */
  findWorkspace(
    id: WorkspaceId,
    userId: UserId,
  ): Promise<{ workspace: Workspace; role: WorkspaceRole | undefined } | undefined>;
  /** The workspaces that a person is a member of, oldest first. */
  listWorkspacesOf(userId: UserId, limit: number): Promise<OwnWorkspace[]>;
  listWorkspaceMembers(id: WorkspaceId, page: MemberPage): Promise<WorkspaceMember[]>;
  /**
   * Gives the subject a role, or takes it out of the workspace, if the actor may: the
   * verdict is found in the transaction that makes the change. Memberships of channels
   * end afterwards, one by one, each in its log; no new ones are made meanwhile. Either
   * change ends a pending invitation. When the last owner leaves, the workspace goes to the
   * admin who has belonged to it longest, of those who have not blocked that owner.
   */
  changeWorkspaceMember(change: MemberChangeRequest): Promise<MemberVerdict>;
  /** Makes one a member whom nobody has to add: a user of the server's own. */
  admitToWorkspace(admission: {
    readonly workspaceId: WorkspaceId;
    readonly userId: UserId;
    readonly nowMs: number;
  }): Promise<void>;
  /** The channels of a workspace by id, those that are archived among them. */
  listChannels(id: WorkspaceId, userId: UserId, limit: number): Promise<Channel[]>;
  findChannel(roomId: RoomId, userId: UserId): Promise<Channel | undefined>;
  /** `taken`: another room of the workspace has the name. `absent`: there is no such channel. */
  changeChannel(roomId: RoomId, change: ChannelChange): Promise<'changed' | 'taken' | 'absent'>;
  listStrayMemberships(limit: number): Promise<StrayMembership[]>;
}
