/**
 * Shows the user's workspaces. The server announces new names and pictures, but not new workspaces: they are loaded
 * at each connection, when the page becomes visible, and when the listed channels are those of other workspaces.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';

/** The last loaded workspaces, and a function that loads them again. */
export function useWorkspaces() {
  const { workspaces: list } = useChat();
  const workspaces = useSyncExternalStore(list.subscribe, list.entries);
  return { workspaces, refresh: list.refresh };
}

/** Keeps the list current; used once. */
export function useWorkspaceRefresh(): void {
  const { client, workspaces } = useChat();
  const { refresh } = workspaces;
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const isVisible = usePageVisible();
  const listed = useSnapshot(({ directory }) =>
    [...new Set(directory.rooms.flatMap(({ workspaceId }) => workspaceId ?? []))].sort().join(),
  );
  useEffect(
    () =>
      client.onNotice('workspace_changed', ({ payload: { workspaceId, ...changed } }) =>
        workspaces.show(
          workspaces
            .entries()
            .map((each) => (each.id === workspaceId ? { ...each, ...changed } : each)),
        ),
      ),
    [client, workspaces],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: each is a reason to load
  useEffect(() => {
    if (isConnected && isVisible) void refresh();
  }, [isConnected, isVisible, listed, refresh]);
}
