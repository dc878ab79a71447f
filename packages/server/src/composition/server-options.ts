/** The options of a server, and a server that runs. */
import type { Values } from '../config/load-config.ts';
import type { Bus } from '../ports/bus.ts';
import type { Logger } from '../ports/logger.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import type { ProcessChannel } from '../ports/process-channel.ts';
import type { Store } from '../ports/store.ts';
import type { TokenLeases } from '../ports/token-leases.ts';
import type { StoreFacts } from '../stores/sqlite/remote-store.ts';

export interface ServerOptions {
  readonly values: Values;
  readonly version: string;
  /** Folder of the built web client. */
  readonly webRoot: string;
  /**
   * Components of a node that shares its process with other nodes, in place of those that the
   * settings name. The server closes the bus; the caller closes the store, after all nodes.
   */
  readonly node?: NodeComponents;
  /** In place of the store that the settings name. The server closes it. */
  readonly store?: Store;
  /** In place of Argon2 with the product's parameters. */
  readonly passwords?: PasswordHash;
  /** Set in a worker process. */
  readonly worker?: Worker | undefined;
}

export interface NodeComponents {
  readonly store: Store;
  readonly bus: Bus;
  readonly tokenLeases: TokenLeases;
}

/** A worker process, and what its primary provides. */
export interface Worker {
  /** Number of this worker, from 1. */
  readonly number: number;
  readonly primary: ProcessChannel;
  /** The SQLite store in the primary; undefined with another database. */
  readonly store: StoreFacts | undefined;
  /** Folder of the sockets between the workers. */
  readonly socketDirectory: string;
}

export interface RunningServer {
  /** URL of the server from this machine. */
  readonly url: string;
  /** URLs from other machines, as far as this machine knows them. */
  readonly otherUrls: readonly string[];
  /** Link with which the first account is created, which becomes the owner; undefined if there is none. */
  readonly ownerUrl: string | undefined;
  /** Description of the store, for the message after the start. */
  readonly store: Pick<Store, 'description' | 'weakenedBy'>;
  /** Log of the server, for events outside of it. */
  readonly logger: Logger;
  /**
   * Closes in order; resolves when everything is flushed. Further calls return the same promise.
   *
   * @param drainMs Time over which connections are moved to other nodes; 0 closes them at once.
   */
  close(reason: string, drainMs?: number): Promise<void>;
}

/** Registers a cleanup step; steps run in reverse order. */
export type Undo = (step: (drainMs: number) => void | Promise<void>) => void;
