/** Gives components the chat client, and parts of its state that they select. */
import type { ChatClient, ClientSnapshot, UserPayload } from '@parley/client';
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Drafts } from '../conversation/drafts.ts';

export interface Chat {
  readonly client: ChatClient;
  /** As the client's own, but at most once per drawn frame. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly user: UserPayload;
  readonly drafts: Drafts;
}

export const ChatContext = createContext<Chat | undefined>(undefined);

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (chat === undefined) throw new Error('useChat needs a ChatContext above it');
  return chat;
}

/** @param select Must give the same object while nothing changed: pick, do not build. */
export function useSnapshot<T>(select: (snapshot: ClientSnapshot) => T): T {
  const { client, subscribe } = useChat();
  return useSyncExternalStore(subscribe, () => select(client.getSnapshot()));
}
