/** The measured servers: program, environment and protocol of each. */
import { join } from 'node:path';
import { ChildProgram } from '../harness/child-program.ts';
import type { DialectName } from './load/dialect.ts';
import type { ServerRequests } from './subjects/host.ts';

interface Subject {
  readonly file: string;
  readonly dialect: DialectName;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Prevents `ws` from using `bufferutil`, which is installed too. */
const PLAIN_WS = { WS_NO_BUFFER_UTIL: '1' };

const SUBJECTS: Readonly<Record<string, Subject>> = {
  /** As an application gets it by default: it may keep its messages. Broadcasts with `server.broadcast`. */
  parley: { file: 'parley.ts', dialect: 'websocket' },
  /** Reuses the memory of a message after its listener returns. */
  'parley-pooled': {
    file: 'parley.ts',
    dialect: 'websocket',
    environment: { PARLEY_BENCH_READ_BUFFER: 'pooled' },
  },
  /** Compresses at the level of `ws`. */
  'parley-level-6': {
    file: 'parley.ts',
    dialect: 'websocket',
    environment: { PARLEY_BENCH_LEVEL: '6' },
  },
  /** Broadcasts with a loop of the application over `sendFrame`. */
  'parley-loop': {
    file: 'parley.ts',
    dialect: 'websocket',
    environment: { PARLEY_BENCH_LOOP: '1' },
  },
  ws: { file: 'ws.ts', dialect: 'websocket', environment: PLAIN_WS },
  'ws + bufferutil': { file: 'ws.ts', dialect: 'websocket' },
  'socket.io on ws': { file: 'socketio.ts', dialect: 'socketio', environment: PLAIN_WS },
  'socket.io on parley': { file: 'socketio-on-parley.ts', dialect: 'socketio' },
  net: { file: 'net.ts', dialect: 'raw' },
  /** The floor: no streams, and the memory of reads and writes is reused. For small messages. */
  'net-lent': { file: 'net.ts', dialect: 'raw', environment: { PARLEY_BENCH_LENT: '1' } },
};

export function findSubject(name: string): Subject {
  const subject = SUBJECTS[name];
  if (subject === undefined) throw new Error(`there is no subject '${name}'`);
  return subject;
}

export function startServer({ file, environment = {} }: Subject): ChildProgram<ServerRequests> {
  return new ChildProgram<ServerRequests>({
    side: 'server',
    file: join(import.meta.dirname, 'subjects', file),
    nodeOptions: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    environment,
  });
}
