/** The definition and the result of an attack. */
import type { Target } from './target.ts';

export interface Attack {
  readonly name: string;
  /** The traffic of the attack, in one line. */
  readonly about: string;
  /** The row of `docs/security.md` that it belongs to. */
  readonly threat: string;
  readonly server?: ServerOptions;
  /** Maximum duration. */
  readonly durationMs?: number;
  /** Resolves when it is over; background work ends with `target.isOver`. */
  readonly run: (target: Target) => Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** Start options of the server under attack; defaults if absent. */
export interface ServerOptions {
  /** A function is given the data directory of the server. */
  readonly settings?: Settings | ((directory: string) => Settings | Promise<Settings>);
  /** Whether the process also runs the engines of `engines.ts`. */
  readonly hasEngines?: boolean;
  /** Limit of open files and sockets of the process. */
  readonly descriptorsMax?: number;
}

export const ATTACK_MS = 4_000;

/** Settings that give the ports of the engines. */
export const ENGINE_PORTS = { compressing: 'COMPRESSING_ENGINE_PORT', tls: 'TLS_ENGINE_PORT' };
/** Text to which the engines respond with a large and a small message. */
export const LARGE_REQUEST = 'large';
/** More than the engine's limit of waiting output. */
export const LARGE_BYTES = 300 * 1024;

/** Applies the limits for strangers also to this machine, which is exempt otherwise. */
export const LIMITED_ADDRESSES: ServerOptions = {
  settings: { MAX_CONNECTIONS_PER_ADDRESS: '100', CONNECTIONS_PER_MINUTE_PER_ADDRESS: '600' },
};

/** The default of a server, which those of other tests do not have. */
export const WITH_CONSENT: ServerOptions = { settings: { ASK_BEFORE_STRANGERS: 'on' } };

/** Behind a proxy of this machine, which reports the address of each client. */
export const BEHIND_PROXY: ServerOptions = { settings: { TRUST_PROXY: '127.0.0.0/8' } };

export interface AttackResult {
  readonly name: string;
  readonly threat: string;
  /** The longest response time of `/health`, without the time waiting for a processor. */
  readonly healthMs: number;
  /** The same by the wall clock. */
  readonly healthWallMs: number;
  /** The longest time to an acknowledgement of the honest user's messages. */
  readonly chatMs: number;
  /** Median response times of the honest user's reads before the attack and during it. */
  readonly idleReadMs: number;
  readonly readMs: number;
  readonly honestRequests: number;
  /** Retained memory, after a collection. */
  readonly grownBytes: number;
  /** Lines that the server logged. */
  readonly logLines: number;
  /** Problems found; empty if the server withstood the attack. */
  readonly faults: readonly string[];
}
