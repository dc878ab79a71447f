/** Workspaces: who belongs to them, and their channels. A channel is a room that the members of its workspace may read. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { ListedRoom, Room, User } from '../model/entities.ts';
import type { MemberVerdict, WorkspaceRole } from '../model/workspace-policy.ts';

export interface Workspace {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly createdAtMs: number;
}

/** A workspace as one of its members sees it. */
export interface OwnWorkspace {
  readonly workspace: Workspace;
  readonly role: WorkspaceRole;
}

export interface WorkspaceMember {
  readonly user: User;
  readonly role: WorkspaceRole;
}

export interface MemberPage {
  /** Members by id, after this one. */
  readonly after: UserId | undefined;
  readonly limit: number;
}

/** What a channel is, beside a room. */
export interface Channel extends ListedRoom {
  /** Since when nothing new is said in it; undefined for one that is in use. */
  readonly archivedAtMs: number | undefined;
}

export interface ChannelChange {
  readonly name?: { readonly shown: string; readonly key: string };
  /** Undefined leaves it as it is, `null` takes it into use again. */
  readonly archivedAtMs?: number | null;
}

/** A membership of a channel whose holder has left the workspace: what is left of a removal. */
export interface StrayMembership {
  readonly roomId: RoomId;
  readonly userId: UserId;
}

export interface MemberChangeRequest {
  readonly workspaceId: WorkspaceId;
  readonly actorId: UserId;
  readonly subjectId: UserId;
  readonly role: WorkspaceRole | undefined;
  /** The subject is invited to the role, and has it after accepting. */
  readonly isInvitation?: boolean;
  readonly nowMs: number;
}

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

/** Of a room whose holder says so: what may still be done in a channel that is archived. */
export function isAllowedInArchive(kind: string): boolean {
  return kind === 'deletion' || kind === 'access-lost';
}

/** Whether one who is no member of a room may know that it is there. */
export function isKnownToOthers({ kind, visibility }: Pick<Room, 'kind' | 'visibility'>): boolean {
  return visibility === 'public' || kind === 'channel';
}
