/**
 * Groups of users that a mention of their handle reaches together. Owners and admins of the server make them.
 * Each node knows their handles and sizes; who is a member is read from the store.
 */
import { ChatError, LIMITS, mentionNames, type UserId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import { permits } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';
import {
  USER_GROUP_MEMBERS_MAX,
  USER_GROUPS_MAX,
  type UserGroup,
  type UserGroupChange,
} from '../../model/user-group.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { type Store, StoreUnavailable } from '../../ports/store.ts';
import { isUsername } from '../accounts/account-rules.ts';
import { isReservedHandle } from '../accounts/reserved-names.ts';
import { byOf } from '../core/act.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { broadcast } from '../delivery/fan-out.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';

interface UserGroupsDependencies {
  readonly store: Pick<Store, 'userGroups'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf'>;
  readonly nodes: Pick<OtherNodes, 'isShared' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** A group as a user sees it. */
export interface ShownUserGroup extends UserGroup {
  readonly isJoined: boolean;
}

const NAME: TextKind = {
  field: 'name',
  noun: 'The name',
  lengthMax: LIMITS.displayNameLengthMax,
};
const NONE: readonly never[] = Object.freeze([]);

export class UserGroups {
  readonly #dependencies: UserGroupsDependencies;
  #known: ReadonlyMap<string, UserGroup> = new Map();

  constructor(dependencies: UserGroupsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether there are none, as this node knows. */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** The groups that a text mentions with these names, as this node knows them. */
  named(names: readonly string[]): readonly UserGroup[] {
    if (this.isEmpty || names.length === 0) return NONE;
    const meant = names.map((name) => mentionNames(name).find((each) => this.#known.has(each)));
    return [...new Set(meant)].flatMap((handle) => this.#known.get(handle ?? '') ?? []);
  }

  /** Handles of the groups of a user. @throws {StoreUnavailable} */
  async handlesOf(userId: UserId): Promise<readonly string[]> {
    if (this.isEmpty) return NONE;
    const rows = await this.#dependencies.store.userGroups.listUserGroupsOf([userId]);
    return rows.map(({ handle }) => handle);
  }

  /** Reads the groups again; keeps those that are known while the store is down. */
  async refresh(): Promise<void> {
    try {
      const groups = await this.#dependencies.store.userGroups.listUserGroups();
      this.#known = new Map(groups.map((group) => [group.handle, group]));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  /** All, by handle. @throws {ChatError} FORBIDDEN for guests; RATE_LIMITED, UNAVAILABLE. */
  async list(user: ActingUser): Promise<readonly ShownUserGroup[]> {
    requireRight(user, 'mention-user-groups');
    const { userGroups } = this.#dependencies.store;
    const groups = await userGroups.listUserGroups();
    const own = groups.length === 0 ? [] : await userGroups.listUserGroupsOf([user.id]);
    const joined = new Set(own.map(({ groupId }) => groupId));
    return groups.map((group) => ({ ...group, isJoined: joined.has(group.id) }));
  }

  /**
   * A page of the members, by username.
   *
   * @throws {ChatError} FORBIDDEN for guests; NOT_FOUND; RATE_LIMITED, UNAVAILABLE.
   */
  async listMembers(
    user: ActingUser,
    groupId: string,
    { after, limit = LIMITS.membersPageDefault }: PageRequest,
  ): Promise<Page<User>> {
    requireRight(user, 'mention-user-groups');
    const { store, clock } = this.#dependencies;
    const members = await store.userGroups.listUserGroupMembers(groupId, clock.nowMs());
    if (members.length === 0 && !(await this.#isThere(groupId))) throw notFound();
    const rest =
      after === undefined
        ? members
        : members.filter(({ username }) => username.toLowerCase() > after);
    return cutPage(rest, limit, ({ username }) => username.toLowerCase());
  }

  async #isThere(groupId: string): Promise<boolean> {
    const groups = await this.#dependencies.store.userGroups.listUserGroups();
    return groups.some(({ id }) => id === groupId);
  }

  /**
   * @throws {ChatError} FORBIDDEN; VALIDATION_ERROR; CONFLICT for a handle that is taken, or if there are too many
   *   groups or members; RATE_LIMITED, UNAVAILABLE.
   */
  async create(
    user: ActingUser,
    request: {
      readonly handle: string;
      readonly name: string;
      readonly userIds: readonly UserId[];
    },
  ): Promise<ShownUserGroup> {
    await this.#admit(user);
    const { store, clock, secrets } = this.#dependencies;
    const by = byOf(user, clock);
    const group = {
      ...{ id: secrets.newId(), handle: toHandle(request.handle), createdAtMs: by.atMs },
      name: toName(request.name, NAME),
    };
    const stored = await store.userGroups.insertUserGroup(group, request.userIds, by);
    if (typeof stored === 'string') throw conflict(stored);
    await this.#announce(request.userIds);
    return { ...stored, isJoined: await this.#isMember(user, stored) };
  }

  /** @throws {ChatError} As `create`, and NOT_FOUND. */
  async change(
    user: ActingUser,
    groupId: string,
    request: UserGroupChange,
  ): Promise<ShownUserGroup> {
    await this.#admit(user);
    const { store, clock } = this.#dependencies;
    const { handle, name } = request;
    const change = {
      ...request,
      handle: handle === undefined ? undefined : toHandle(handle),
      name: name === undefined ? undefined : toName(name, NAME),
    };
    const changed = await store.userGroups.changeUserGroup(groupId, change, byOf(user, clock));
    if (changed === 'unknown') throw notFound();
    if (typeof changed === 'string') throw conflict(changed);
    await this.#announce(changed.userIds);
    return { ...changed.group, isJoined: await this.#isMember(user, changed.group) };
  }

  /** @throws {ChatError} FORBIDDEN, NOT_FOUND, RATE_LIMITED, UNAVAILABLE. */
  async delete(user: ActingUser, groupId: string): Promise<void> {
    await this.#admit(user);
    const { store, clock } = this.#dependencies;
    const memberIds = await store.userGroups.deleteUserGroup(groupId, byOf(user, clock));
    if (memberIds === undefined) throw notFound();
    await this.#announce(memberIds);
  }

  async #admit(user: ActingUser): Promise<void> {
    await this.#dependencies.userLimits.changes.take(user.id);
    requireRight(user, 'manage-user-groups');
  }

  async #isMember({ id }: ActingUser, { handle }: UserGroup): Promise<boolean> {
    return (await this.handlesOf(id)).includes(handle);
  }

  async #announce(userIds: readonly UserId[]): Promise<void> {
    if (this.#dependencies.nodes.isShared) {
      this.#dependencies.nodes.send({ kind: 'user-groups', userIds });
    }
    await this.show(userIds);
  }

  /** Groups have changed: tells those of the users who are connected to this node. */
  async show(userIds: readonly UserId[]): Promise<void> {
    await this.refresh();
    const { store, connectedUsers } = this.#dependencies;
    const here = userIds.filter((id) => connectedUsers.connectionsOf(id).length > 0);
    if (here.length === 0) return;
    const rows = await store.userGroups.listUserGroupsOf(here);
    const byUser = Map.groupBy(rows, ({ userId }) => userId);
    for (const id of here) {
      const connections = connectedUsers.connectionsOf(id);
      const [first] = connections;
      if (first === undefined) continue;
      const handles = (byUser.get(id) ?? []).map(({ handle }) => handle);
      broadcast({ kind: 'user-groups', user: first.user, handles }, connections);
    }
  }
}

function requireRight(user: User, right: 'mention-user-groups' | 'manage-user-groups'): void {
  if (!permits(right, user)) throw new ChatError('FORBIDDEN');
}

/** @throws {ChatError} VALIDATION_ERROR. */
function toHandle(written: string): string {
  const handle = written.trim().replace(/^@/u, '').toLowerCase();
  const { usernameLengthMin: min, usernameLengthMax: max } = LIMITS;
  const message = isUsername(handle)
    ? isReservedHandle(handle) && 'This handle is reserved'
    : `A handle has ${min} to ${max} letters, digits, '_' or '-'`;
  if (message === false) return handle;
  throw new ChatError('VALIDATION_ERROR', { field: 'handle', message });
}

function notFound(): ChatError {
  return new ChatError('NOT_FOUND', { field: 'groupId' });
}

function conflict(reason: 'taken' | 'too-many' | 'too-large'): ChatError {
  if (reason === 'taken') {
    const message = 'A user or another group has this handle, or a user had it';
    return new ChatError('CONFLICT', { field: 'handle', message });
  }
  const message =
    reason === 'too-many'
      ? `There are ${USER_GROUPS_MAX} groups: delete others first`
      : `A group has at most ${USER_GROUP_MEMBERS_MAX} members`;
  return new ChatError('CONFLICT', { message });
}
