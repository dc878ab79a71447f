/**
 * nginx or HAProxy with the configuration that `ops/` has for it. Only addresses, files and times
 * are replaced; a text that the configuration no longer has is an error.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/certificate.ts';
import { killAtExit } from '../support/kill-at-exit.ts';

export type ProxyName = 'nginx' | 'haproxy';

/** File of what the proxy writes to its standard output. */
const STDOUT_LOG = 'stdout.log';
const OPS = join(import.meta.dirname, '../../ops');
/** Ports of the nodes in the configurations. */
const NODE_PORTS = [8081, 8082, 8083];
/** Time limit of silent connections in the configurations, and in the tests. */
const SILENCE = '75s';
const TEST_SILENCE = '8s';

/** Reason why tests with the proxy cannot run here; false if they can. With `CI` set they must run. */
export function proxySkip(name: ProxyName): string | false {
  const variable = `PARLEY_TEST_${name.toUpperCase()}`;
  if (process.env[variable] !== undefined || process.env['CI'] !== undefined) return false;
  return process.env[`${variable}_MISSING`] ?? `run by 'npm test', which finds ${name}`;
}

export class RealProxy {
  /** Address of TLS clients. */
  readonly url: string;
  /** Address of clients without TLS. */
  readonly plainUrl: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #directory: string;

  /** @param nodeUrls One for each node of the configuration. */
  static async start(name: ProxyName, nodeUrls: readonly string[]): Promise<RealProxy> {
    const path = process.env[`PARLEY_TEST_${name.toUpperCase()}`];
    if (path === undefined) throw new Error(`There is no ${name}`);
    // Clients of this process trust the certificate of the tests.
    setDefaultCACertificates([...getCACertificates(), TEST_CERTIFICATE]);
    const directory = temporaryDirectory();
    const ports = { tls: await findFreePort(), plain: await findFreePort() };
    const [file, args, text] =
      name === 'nginx' ? nginx(directory, ports) : haproxy(directory, ports);
    writeFileSync(join(directory, file), withNodes(text, nodeUrls));
    const child = spawn(path, args, {
      cwd: directory,
      stdio: ['ignore', openSync(join(directory, STDOUT_LOG), 'a'), 'inherit'],
      env: { LD_LIBRARY_PATH: process.env['PARLEY_TEST_PROXY_LIBRARIES'] ?? '' },
    });
    child.on('error', (error) => console.error(error));
    const proxy = new RealProxy(child, ports, directory);
    await until(async () => {
      const answer = await fetch(`${proxy.url}/health`).catch(() => undefined);
      return answer?.status === 200;
    }, `${name} to serve`);
    return proxy;
  }

  private constructor(
    child: ChildProcess,
    ports: { readonly tls: number; readonly plain: number },
    directory: string,
  ) {
    this.#directory = directory;
    this.#child = child;
    this.#exited = once(child, 'exit');
    this.url = `https://127.0.0.1:${ports.tls}`;
    this.plainUrl = `http://127.0.0.1:${ports.plain}`;
    killAtExit(child);
  }

  /** Everything that the proxy has logged so far. */
  readLogs(): string {
    const files = [STDOUT_LOG, 'access.log', 'error.log'].map((name) =>
      join(this.#directory, name),
    );
    return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('');
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

type Started = readonly [file: string, args: readonly string[], text: string];
type Ports = { readonly tls: number; readonly plain: number };

function nginx(directory: string, { tls, plain }: Ports): Started {
  writeFileSync(join(directory, 'certificate.pem'), TEST_CERTIFICATE);
  writeFileSync(join(directory, 'key.pem'), TEST_KEY);
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${directory}/${kind};`,
  );
  const text = replaceAll(readFileSync(join(OPS, 'nginx.conf'), 'utf8'), [
    // Without root: its own folders, and no user to change to.
    ['worker_processes auto;', ''],
    ['worker_rlimit_nofile 40000;', ''],
    ['worker_connections 20000;', 'worker_connections 1000;'],
    ['/var/log/nginx', directory],
    ['http {', `http { ${folders.join(' ')}`],
    ['listen 443 ssl ', `listen 127.0.0.1:${tls} ssl `],
    ['listen 80;', `listen 127.0.0.1:${plain};`],
    ['/etc/parley', directory],
    [SILENCE, TEST_SILENCE],
  ]);
  const global = `daemon off; master_process off; pid ${directory}/nginx.pid;`;
  return ['nginx.conf', ['-p', directory, '-c', `${directory}/nginx.conf`, '-g', global], text];
}

function haproxy(directory: string, { tls, plain }: Ports): Started {
  writeFileSync(join(directory, 'certificate-and-key.pem'), TEST_CERTIFICATE + TEST_KEY);
  const text = replaceAll(readFileSync(join(OPS, 'haproxy.cfg'), 'utf8'), [
    ['maxconn 20000', 'maxconn 1000'],
    ['bind :443', `bind 127.0.0.1:${tls}`],
    ['bind :80', `bind 127.0.0.1:${plain}`],
    ['/etc/parley', directory],
    [SILENCE, TEST_SILENCE],
  ]);
  return ['haproxy.cfg', ['-f', 'haproxy.cfg', '-db'], text];
}

function withNodes(text: string, nodeUrls: readonly string[]): string {
  const ports = nodeUrls.map((url) => new URL(url).port);
  return replaceAll(
    text,
    NODE_PORTS.map((port, index) => [`127.0.0.1:${port}`, `127.0.0.1:${ports[index]}`] as const),
  );
}

function replaceAll(text: string, pairs: readonly (readonly [string, string])[]): string {
  let replaced = text;
  for (const [from, to] of pairs) {
    if (!replaced.includes(from)) throw new Error(`The configuration has no '${from}'`);
    replaced = replaced.replaceAll(from, to);
  }
  return replaced;
}
