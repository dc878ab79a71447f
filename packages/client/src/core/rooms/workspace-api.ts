/** Workspaces, their members and their channels: HTTP requests of the logged-in user. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import { type Http, readAll } from '../connection/http.ts';

export type WorkspaceRole = 'owner' | 'admin' | 'member';

export interface WorkspaceEntry {
  readonly id: WorkspaceId;
  readonly name: string;
  /** Role of the user. */
  readonly role?: WorkspaceRole;
  /** Below the address of the server, for members; `/thumbnail` behind it is smaller. */
  readonly pictureUrl?: string | null;
}

export interface WorkspacePerson {
  readonly userId: UserId;
  readonly username: string;
  readonly role: WorkspaceRole;
}

export interface WorkspacePeople {
  /** In the order of their ids. */
  readonly members: readonly WorkspacePerson[];
  readonly hasMore: boolean;
}

export interface ChannelEntry {
  readonly id: RoomId;
  readonly name: string;
  /** A private channel is listed for its members only. */
  readonly visibility: 'public' | 'private';
  /** The user may rename and archive it. */
  readonly canManage: boolean;
  /** Its messages can be read, but nothing new is accepted. */
  readonly archived: boolean;
}

const MEMBERS_PAGE = 100;

/**
 * The user's workspaces. Not a method of the class, which a page needs only for its dialogs.
 *
 * @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export function listWorkspaces(client: {
  readonly http: Pick<Http, 'call'>;
}): Promise<readonly WorkspaceEntry[]> {
  return readAll(client.http, '/api/workspaces', 'workspaces');
}

export class WorkspaceApi {
  readonly #http: Pick<Http, 'call'>;

  constructor({ http }: { readonly http: Pick<Http, 'call'> }) {
    this.#http = http;
  }

  /**
   * Creates a workspace that the user owns.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async create(name: string): Promise<WorkspaceEntry> {
    const answer = await this.#http.call('POST', '/api/workspaces', { name });
    return (answer as { readonly workspace: WorkspaceEntry }).workspace;
  }

  /** Renames it, for its owners. @throws {ChatError} As `create`; `NOT_FOUND`, `FORBIDDEN`. */
  async rename(workspaceId: WorkspaceId, name: string): Promise<void> {
    await this.#http.call('PATCH', pathOf(workspaceId), { name });
  }

  /**
   * Shows the middle of a picture to the members, for owners: PNG, JPEG, GIF or WebP, up to 5 MB.
   *
   * @throws {ChatError} As `rename`; `FORBIDDEN` with the field `file` if this server cannot take pictures.
   */
  async setPicture(workspaceId: WorkspaceId, picture: Blob): Promise<void> {
    const form = new FormData();
    form.append('file', picture, 'picture');
    await this.#http.call('PUT', `${pathOf(workspaceId)}/picture`, form);
  }

  /** @throws {ChatError} As `rename`. */
  async removePicture(workspaceId: WorkspaceId): Promise<void> {
    await this.#http.call('DELETE', `${pathOf(workspaceId)}/picture`);
  }

  /**
   * A page of the members of a workspace, at most 100: the first, or the one after a member.
   *
   * @throws {ChatError} `NOT_FOUND`, `UNAVAILABLE`.
   */
  async listMembers(workspaceId: WorkspaceId, after?: UserId): Promise<WorkspacePeople> {
    const from = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const path = `${pathOf(workspaceId)}/members?limit=${MEMBERS_PAGE}${from}`;
    const answer = await this.#http.call('GET', path);
    // The server documents the answers of these routes.
    const { members, hasMore } = answer as WorkspacePeople;
    return { members, hasMore };
  }

  /**
   * Adds a user, or invites them if they must accept first.
   *
   * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async addMember(workspaceId: WorkspaceId, username: string): Promise<'added' | 'invited'> {
    const answer = await this.#http.call('POST', `${pathOf(workspaceId)}/members`, { username });
    return 'invitation' in (answer as object) ? 'invited' : 'added';
  }

  /** Removes a user, or leaves the workspace. @throws {ChatError} As `addMember`; `CONFLICT`. */
  async removeMember(workspaceId: WorkspaceId, username: string): Promise<void> {
    await this.#http.call('DELETE', `${pathOf(workspaceId)}/members`, { username });
  }

  /**
   * Creates a channel, which every member may join, and returns its id.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `CONFLICT` for a name that is taken, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  async createChannel(workspaceId: WorkspaceId, name: string): Promise<RoomId> {
    const answer = await this.#http.call('POST', `${pathOf(workspaceId)}/channels`, { name });
    return (answer as { readonly channel: { readonly id: RoomId } }).channel.id;
  }

  /** The channels of a workspace, archived ones too. @throws {ChatError} `NOT_FOUND`, `UNAVAILABLE`. */
  listChannels(workspaceId: WorkspaceId): Promise<readonly ChannelEntry[]> {
    return readAll(this.#http, `${pathOf(workspaceId)}/channels`, 'channels');
  }

  /**
   * Renames or archives a channel. Allowed for owners and admins of the workspace, and for the
   * user who created the channel.
   *
   * @throws {ChatError} As `createChannel`; `NOT_FOUND`, `FORBIDDEN`.
   */
  async changeChannel(
    roomId: RoomId,
    change: Partial<Pick<ChannelEntry, 'name' | 'archived'>>,
  ): Promise<void> {
    await this.#http.call('PATCH', `/api/channels/${encodeURIComponent(roomId)}`, change);
  }
}

function pathOf(workspaceId: WorkspaceId): string {
  return `/api/workspaces/${encodeURIComponent(workspaceId)}`;
}
