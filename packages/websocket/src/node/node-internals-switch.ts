/**
 * The undocumented parts of Node that the engine uses (docs/decisions/0021), and the switch that
 * turns all of them off: the environment variable `PARLEY_NODE_INTERNALS=off`, read once at import.
 */
import { env } from 'node:process';

/** Whether undocumented parts may be used at all; each is also tested before its first use. */
export const MAY_USE_INTERNALS: boolean = env['PARLEY_NODE_INTERNALS'] !== 'off';

/** The undocumented parts that are in use in this thread. */
export interface NodeInternals {
  /** Plain sockets are read into one buffer: see the option `readBuffer`. */
  readonly sharedReads: boolean;
  /** Plain sockets are written without their streams. */
  readonly directWrites: boolean;
  /** Small messages are compressed in contexts that are kept. */
  readonly zlibContexts: boolean;
  /** The listeners of a connection are stored in less memory. */
  readonly compactListeners: boolean;
  /** Young objects are collected after some received bytes, before V8 collects all objects. */
  readonly youngCollections: boolean;
  /** Received bytes become a `Buffer` without the checks of `Buffer.from`. */
  readonly bufferViews: boolean;
}
