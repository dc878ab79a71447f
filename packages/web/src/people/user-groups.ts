/** The groups of users on the server, for mentions and their completion: asked for when they are needed. */
import { type ChatClient, listUserGroups, mentionNames, type UserGroup } from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import { useChat } from '../chat-context.ts';

/** Others may change the groups meanwhile. */
const KEPT_MS = 60_000;

class UserGroupList {
  readonly #client: ChatClient;
  readonly #listeners = new Set<() => void>();
  #groups: readonly UserGroup[] = [];
  #asking: Promise<void> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(client: ChatClient) {
    this.#client = client;
    client.onNotice('user_groups_changed', () => void this.refresh());
  }

  readonly groups = (): readonly UserGroup[] => this.#groups;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks the server, unless it was asked lately. */
  load(): Promise<void> {
    const isNew = performance.now() - this.#askedAtMs < KEPT_MS;
    return isNew ? (this.#asking ?? Promise.resolve()) : this.refresh();
  }

  /** If it fails, as for guests, the last list stays. */
  refresh(): Promise<void> {
    this.#askedAtMs = performance.now();
    const asking = listUserGroups(this.#client)
      .then((groups) => {
        this.#groups = groups;
        for (const listener of [...this.#listeners]) listener();
      })
      .catch(() => {})
      .finally(() => {
        if (this.#asking === asking) this.#asking = undefined;
      });
    this.#asking = asking;
    return asking;
  }
}

const lists = new WeakMap<ChatClient, UserGroupList>();

export function userGroupsOf(client: ChatClient): UserGroupList {
  const list = lists.get(client) ?? new UserGroupList(client);
  lists.set(client, list);
  return list;
}

/** The group that a mention means, if it means one. */
export function useUserGroup(name: string): UserGroup | undefined {
  const { client } = useChat();
  const list = userGroupsOf(client);
  const groups = useSyncExternalStore(list.subscribe, list.groups);
  useEffect(() => void list.load(), [list]);
  const names = mentionNames(name);
  return groups.find(({ handle }) => names.includes(handle));
}
