/** Provides the chat client to components, and lets them select parts of its state. */
import type { ChatClient, ClientSnapshot, SelfPayload } from '@parley/client';
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Drafts } from './drafts/drafts.ts';
import type { Blocks } from './people/blocks.ts';
import type { DisplayNames } from './people/display-names.ts';
import type { WorkspaceList } from './workspaces/workspace-list.ts';

export interface Chat {
  readonly client: ChatClient;
  /** Like the client's `subscribe`, but notifies at most once per animation frame. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly user: SelfPayload;
  readonly drafts: Drafts;
  readonly names: DisplayNames;
  readonly workspaces: WorkspaceList;
  readonly blocks: Blocks;
}

export const ChatContext = createContext<Chat | undefined>(undefined);

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (chat === undefined) throw new Error('useChat needs a ChatContext above it');
  return chat;
}

/**
 * @param select Must return the same object while nothing changed: select existing
 * objects, do not create new ones.
 */
export function useSnapshot<T>(select: (snapshot: ClientSnapshot) => T): T {
  const { client, subscribe } = useChat();
  return useSyncExternalStore(subscribe, () => select(client.getSnapshot()));
}
