/**
 * Workspaces, their members and channels. A channel is a room that all members of its workspace may
 * read.
 */

import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import type { ChannelCreation, StrayMembership } from '../model/channel.ts';
import type { ListedRoom } from '../model/listed-room.ts';
import type { Room } from '../model/room.ts';
import type {
  FoundWorkspace,
  MemberChangeRequest,
  MemberPage,
  OwnWorkspace,
  Workspace,
  WorkspaceMember,
} from '../model/workspace.ts';
import type { MemberVerdict } from '../model/workspace-policy.ts';

export interface WorkspaceStore {
  createWorkspace(workspace: Workspace, ownerId: UserId): Promise<void>;
  renameWorkspace(id: WorkspaceId, name: string, by: By): Promise<void>;
  /** Shows a file of the actor as the picture of the workspace, or none; the file before is released. */
  setWorkspacePicture(id: WorkspaceId, fileId: string | undefined, by: By): Promise<boolean>;
  /** Returns the workspace with the requesting user's role, if any. */
  findWorkspace(id: WorkspaceId, userId: UserId): Promise<FoundWorkspace | undefined>;
  /** Workspaces of which a user is a member, oldest first. */
  listWorkspacesOf(userId: UserId, limit: number, after?: WorkspaceId): Promise<OwnWorkspace[]>;
  listWorkspaceMembers(id: WorkspaceId, page: MemberPage): Promise<WorkspaceMember[]>;
  /** Those of the users who are members, in any order. */
  filterWorkspaceMembers(id: WorkspaceId, userIds: readonly UserId[]): Promise<UserId[]>;
  /**
   * Gives the subject a role, or removes it from the workspace, if the actor is allowed to. The
   * decision is made in the transaction that makes the change. Channel memberships end afterwards,
   * one by one, each in its log; no new ones are created meanwhile. Either change ends a pending
   * invitation. When the last owner leaves, the longest-standing admin who has not blocked that
   * owner becomes the owner.
   */
  changeWorkspaceMember(change: MemberChangeRequest): Promise<MemberVerdict>;
  /** Makes a user created by the server a member, without an actor. */
  admitToWorkspace(admission: {
    readonly workspaceId: WorkspaceId;
    readonly userId: UserId;
    readonly nowMs: number;
  }): Promise<void>;
  /**
   * Stores a channel whose creator becomes its owner, if a member of the workspace; the membership is
   * checked in the transaction. If the name is taken, stores nothing and returns the existing room.
   *
   * @param creation `isAdmin`: the creator may also be a user outside the workspace, and is then not
   *   made a member. Other users outside it get `foreign`.
   */
  createChannel(channel: Room, creation: ChannelCreation): Promise<Room | 'foreign'>;
  /** Channels of a workspace ordered by id, including archived ones. */
  listChannels(
    id: WorkspaceId,
    userId: UserId,
    limit: number,
    after?: RoomId,
  ): Promise<ListedRoom[]>;
  findChannel(roomId: RoomId, userId: UserId): Promise<ListedRoom | undefined>;
  /** Reads all channel memberships of the server: for the start. */
  listStrayMemberships(limit: number): Promise<StrayMembership[]>;
  /** The stray memberships of one user in one workspace. */
  listStrayMembershipsOf(
    userId: UserId,
    workspaceId: WorkspaceId,
    limit: number,
  ): Promise<StrayMembership[]>;
}
