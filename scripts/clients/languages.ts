/** Languages of `npm run clients`: how the packages of each are installed, and the programs that run. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface ClientCase {
  readonly title: string;
  /** A program, relative to the folder of the language if it has a path, and its arguments. */
  readonly command: readonly string[];
}

interface Language {
  /** Installs the pinned packages in a copy of the folder. Returns why the language is left out. */
  prepare(folder: string): Promise<string | undefined>;
  readonly cases: readonly ClientCase[];
}

const run = promisify(execFile);

/** Runs commands in turn; a missing toolchain is a reason, anything else that fails is an error. */
function installedBy(...commands: readonly (readonly string[])[]): Language['prepare'] {
  return async (cwd) => {
    for (const [program = '', ...args] of commands) {
      try {
        await run(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `no ${program}`;
        throw error;
      }
    }
    return undefined;
  };
}

const TRANSPORTS = ['websocket', 'polling'];
const PYTHON = join('venv', process.platform === 'win32' ? 'Scripts' : 'bin', 'python');

export const LANGUAGES: Readonly<Record<string, Language>> = {
  python: {
    prepare: installedBy(
      ['python3', '-m', 'venv', 'venv'],
      [PYTHON, '-m', 'pip', 'install', '--quiet', '-r', 'requirements.txt'],
    ),
    cases: [
      { title: 'Python, websockets', command: [PYTHON, 'native_client.py'] },
      ...['sync', 'async'].flatMap((kind) =>
        TRANSPORTS.map((transport) => ({
          title: `Python, python-socketio, ${kind}, ${transport}`,
          command: [PYTHON, 'socketio_client.py', kind, transport],
        })),
      ),
    ],
  },
  java: {
    prepare: installedBy([
      ...['mvn', '--quiet', '--batch-mode', 'dependency:copy-dependencies'],
      '-DoutputDirectory=jars',
    ]),
    cases: TRANSPORTS.map((transport) => ({
      title: `Java, socket.io-client, ${transport}`,
      command: ['java', '-cp', join('jars', '*'), 'SocketIoClient.java', transport],
    })),
  },
  go: {
    prepare: installedBy(['go', 'build', '-o', 'clients', '.']),
    cases: ['coder', 'gorilla'].map((name) => ({
      title: `Go, ${name}/websocket`,
      command: ['./clients', name],
    })),
  },
  rust: {
    prepare: installedBy(['cargo', 'build', '--quiet']),
    cases: [{ title: 'Rust, rust_socketio, websocket', command: ['cargo', 'run', '--quiet'] }],
  },
};
