/** What an attack is made of. */
import type { Target } from './target.ts';

export interface Attack {
  readonly name: string;
  /** What it sends, in one line. */
  readonly about: string;
  /** The row of `docs/security.md` that it belongs to. */
  readonly threat: string;
  readonly server?: ServerTerms;
  /** How long it may go on. */
  readonly durationMs?: number;
  /** Resolves when it is over; what goes on by itself ends with `target.isOver`. */
  readonly run: (target: Target) => Promise<void>;
}

/** How the server under attack is started; with its defaults if nothing is said. */
export interface ServerTerms {
  readonly settings?: Readonly<Record<string, string>>;
  /** Limit of open files and sockets of the process. */
  readonly descriptorsMax?: number;
}

export const ATTACK_MS = 4_000;

/** The limits of strangers, also for this machine, which is exempt from them otherwise. */
export const LIMITED_ADDRESSES: ServerTerms = {
  settings: { MAX_CONNECTIONS_PER_ADDRESS: '100', CONNECTIONS_PER_MINUTE_PER_ADDRESS: '600' },
};

/** Behind a proxy of this machine, which names the address of each client. */
export const BEHIND_PROXY: ServerTerms = { settings: { TRUST_PROXY: '127.0.0.0/8' } };

export interface AttackResult {
  readonly name: string;
  readonly threat: string;
  /** The longest answer of `/health`, without the time that a process waited for a processor. */
  readonly healthMs: number;
  /** The same by the wall clock. */
  readonly healthWallMs: number;
  /** The longest acknowledgement of the honest person's messages. */
  readonly chatMs: number;
  readonly honestRequests: number;
  /** Memory that stayed, after a collection. */
  readonly grownBytes: number;
  /** Lines that the server logged. */
  readonly logLines: number;
  /** What was found wrong; empty if the server held. */
  readonly faults: readonly string[];
}
