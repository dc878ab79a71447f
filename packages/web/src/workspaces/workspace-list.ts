/**
 * The user's workspaces. The server does not announce them: they are loaded at each connection,
 * when the page becomes visible, and when the listed channels are those of other workspaces.
 */
import { type ChatClient, listWorkspaces, type WorkspaceEntry } from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';

class WorkspaceList {
  readonly #client: ChatClient;
  readonly #listeners = new Set<() => void>();
  #entries: readonly WorkspaceEntry[] = [];

  constructor(client: ChatClient) {
    this.#client = client;
  }

  readonly entries = (): readonly WorkspaceEntry[] => this.#entries;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Loads the list; if that fails, the last one stays. */
  readonly refresh = async (): Promise<void> => {
    const entries = await listWorkspaces(this.#client).catch(() => this.#entries);
    if (entries === this.#entries) return;
    this.#entries = entries;
    for (const listener of [...this.#listeners]) listener();
  };
}

const LISTS = new WeakMap<ChatClient, WorkspaceList>();

function listOf(client: ChatClient): WorkspaceList {
  const list = LISTS.get(client) ?? new WorkspaceList(client);
  LISTS.set(client, list);
  return list;
}

/** The last loaded workspaces, and a function that loads them again. */
export function useWorkspaces() {
  const list = listOf(useChat().client);
  const workspaces = useSyncExternalStore(list.subscribe, list.entries);
  return { workspaces, refresh: list.refresh };
}

/** Keeps the list current; used once. */
export function useWorkspaceRefresh(): void {
  const { refresh } = useWorkspaces();
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const isVisible = usePageVisible();
  const listed = useSnapshot(({ directory }) =>
    [...new Set(directory.rooms.flatMap(({ workspaceId }) => workspaceId ?? []))].sort().join(),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: each is a reason to load
  useEffect(() => {
    if (isConnected && isVisible) void refresh();
  }, [isConnected, isVisible, listed, refresh]);
}
