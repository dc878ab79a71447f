/** Name and logo of the server, as this browser was told last. */
import type { ServerProfile } from '@parley/client';
import { useSyncExternalStore } from 'react';
import { readStored } from './account/known-user.ts';
import { strings } from './strings/strings.ts';

interface ShownServer extends Partial<ServerProfile> {
  readonly shownName: string;
  readonly mark: string;
}

const KEY = 'parley.server';
const listeners = new Set<() => void>();
let shown = toShown(readStored(KEY) as ServerProfile | undefined);

export function useServer(): ShownServer {
  return useSyncExternalStore(subscribe, () => shown);
}

export function showServer(profile: ServerProfile): void {
  if (profile.name === shown.name && profile.logoUrl === shown.logoUrl) return;
  shown = toShown(profile);
  try {
    localStorage.setItem(KEY, JSON.stringify(profile));
  } catch {
    // Storage is forbidden: the next page begins with the name of the product.
  }
  for (const listener of listeners) listener();
}

function toShown(profile: ServerProfile | undefined): ShownServer {
  const { name, logoUrl } = profile ?? {};
  return { ...profile, shownName: name ?? strings.product, mark: logoUrl ?? '/icon.svg' };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
