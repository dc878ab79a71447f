/** The servers under measurement: which program, in which environment, spoken to how. */
import { join } from 'node:path';
import { Part } from '../harness/part.ts';
import type { DialectName } from './load/dialect.ts';
import type { ServerRequests } from './subjects/host.ts';

export interface Subject {
  readonly file: string;
  readonly dialect: DialectName;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Keeps `ws` from taking `bufferutil`, which is installed beside it. */
const PLAIN_WS = { WS_NO_BUFFER_UTIL: '1' };

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  parley: { file: 'parley.ts', dialect: 'websocket' },
  /** With messages that the application may keep, as is the default. */
  'parley (kept)': {
    file: 'parley.ts',
    dialect: 'websocket',
    environment: { PARLEY_BENCH_KEPT: '1' },
  },
  /** Broadcasts by `server.broadcast`, which chooses and counts its receivers, in place of a loop of the application's. */
  'parley (broadcast)': {
    file: 'parley.ts',
    dialect: 'websocket',
    environment: { PARLEY_BENCH_BROADCAST: '1' },
  },
  ws: { file: 'ws.ts', dialect: 'websocket', environment: PLAIN_WS },
  'ws + bufferutil': { file: 'ws.ts', dialect: 'websocket' },
  'socket.io on ws': { file: 'socketio.ts', dialect: 'socketio', environment: PLAIN_WS },
  'socket.io on parley': { file: 'socketio-on-parley.ts', dialect: 'socketio' },
  net: { file: 'net.ts', dialect: 'raw' },
};

export function findSubject(name: string): Subject {
  const subject = SUBJECTS[name];
  if (subject === undefined) throw new Error(`there is no subject '${name}'`);
  return subject;
}

export function startServer({ file, environment = {} }: Subject): Part<ServerRequests> {
  return new Part<ServerRequests>({
    side: 'server',
    file: join(import.meta.dirname, 'subjects', file),
    nodeOptions: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    environment,
  });
}
