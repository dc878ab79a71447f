/** A private S3-compatible server, which verifies signatures: versitygw over a folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './wait.ts';

const PROGRAM = 'versitygw';
const BUCKET = 'files';
/** The client reads them from the environment. */
const KEYS = { AWS_ACCESS_KEY_ID: 'parley', AWS_SECRET_ACCESS_KEY: 'a secret of the tests' };

/** Reason why tests with S3 cannot run here; false if they can. */
export function s3Skip(): string | false {
  if (findProgram() !== undefined) return false;
  return `no ${PROGRAM} was found: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, or name it in VERSITYGW_PATH`;
}

function findProgram(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(homedir(), 'go/bin')];
  const paths = folders.map((folder) => join(folder, PROGRAM));
  return process.env['VERSITYGW_PATH'] ?? paths.find((path) => existsSync(path));
}

export class S3Server {
  /** With a bucket, and the keys of the tests in the environment. */
  readonly url: string;
  /** Settings of a server in a process of its own. */
  readonly settings: Readonly<Record<string, string>>;
  readonly #process: ChildProcess;

  static async start(): Promise<S3Server> {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, BUCKET));
    const address = `127.0.0.1:${await findFreePort()}`;
    Object.assign(process.env, KEYS);
    const server = spawn(
      findProgram() ?? PROGRAM,
      ['--port', address, '--region', 'us-east-1', '--quiet', 'posix', directory],
      {
        stdio: 'ignore',
        env: {
          ...process.env,
          ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID,
          ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
        },
      },
    );
    process.once('exit', () => server.kill('SIGKILL'));
    const endpoint = `http://${address}`;
    await until(
      () =>
        fetch(endpoint).then(
          () => true,
          () => false,
        ),
      'the S3 server to answer',
    );
    return new S3Server(server, `s3://${BUCKET}/of/parley?endpoint=${endpoint}`);
  }

  private constructor(server: ChildProcess, url: string) {
    this.#process = server;
    this.url = url;
    this.settings = { FILES_URL: url, ...KEYS };
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const closed = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await closed;
  }
}
