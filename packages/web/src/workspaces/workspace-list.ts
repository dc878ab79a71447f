/** The user's workspaces. */
import { type ChatClient, listWorkspaces, type WorkspaceEntry } from '@parley/client';

export class WorkspaceList {
  readonly #client: Pick<ChatClient, 'http'>;
  readonly #listeners = new Set<() => void>();
  #entries: readonly WorkspaceEntry[];

  /** @param stored From an earlier visit: shown until the server is asked. */
  constructor(client: Pick<ChatClient, 'http'>, stored: readonly WorkspaceEntry[] = []) {
    this.#client = client;
    this.#entries = stored;
  }

  readonly entries = (): readonly WorkspaceEntry[] => this.#entries;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Loads the list; if that fails, the last one stays. */
  readonly refresh = async (): Promise<void> => {
    const entries = await listWorkspaces(this.#client).catch(() => this.#entries);
    if (entries !== this.#entries) this.show(entries);
  };

  show(entries: readonly WorkspaceEntry[]): void {
    this.#entries = entries;
    for (const listener of [...this.#listeners]) listener();
  }
}
