/**
 * Shows the user's workspaces. The server does not announce them: they are loaded at each connection,
 * when the page becomes visible, and when the listed channels are those of other workspaces.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';

/** The last loaded workspaces, and a function that loads them again. */
export function useWorkspaces() {
  const { workspaces: list } = useChat();
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
