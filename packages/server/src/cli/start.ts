/** `parley start`: runs the server until a signal stops it or an error ends it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunningServer } from '../composition/server-options.ts';
import { prepareDataDirectory } from '../config/data-directory.ts';
import type { Config, Values } from '../config/load-config.ts';
import { describeRole, isLoopbackOnly, registrationOf, roleOf } from '../config/role.ts';
import { ignoreOutputErrors } from '../ops/stdout-stream.ts';
import { keepCompiledCode } from '../system/compile-cache.ts';
import { ServerLifecycle } from './server-lifecycle.ts';
import type { Flags } from './store-commands.ts';
import { version } from './version.ts';

/** Folder of the built web client, relative to this package. */
const WEB_ROOT = fileURLToPath(new URL('../../../web/dist', import.meta.url));
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export async function start(config: Config, _given: object, flags: Flags): Promise<void> {
  // The rooms of the demo are its own.
  const values: Values =
    flags['demo'] === true ? { ...config.values, FIRST_ROOM: 'none' } : config.values;
  const demo = flags['demo'] === true ? await import('./demo.ts') : undefined;
  await demo?.prepareDemo(config);
  ignoreOutputErrors();
  const lifecycle = new ServerLifecycle();
  const drainMs = roleOf(values) === 'node' ? values.DRAIN_MS : 0;
  // Before the server starts: the system ignores these signals for a process with the id 1, as in a
  // container, that does not handle them.
  const onSignal = (signal: string): void =>
    lifecycle.end(signal, 0, signal === 'SIGTERM' ? drainMs : 0);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  endWithLauncher(() => lifecycle.end('launcher ended', 0, drainMs));
  const server = await serve(values).catch((error: unknown) => {
    // The process may go on without a server.
    for (const signal of SIGNALS) process.off(signal, onSignal);
    throw error;
  });
  lifecycle.begin(server);
  const { description, weakenedBy } = server.store;
  const causes = weakenedBy.length === 0 ? '' : ` by ${weakenedBy.join(', ')}`;
  const durability = values.DURABILITY === 'full' ? '' : `, DURABILITY=relaxed${causes}`;
  const isShown = !isLoopbackOnly(values) && values.SESSION_STORE === 'own';
  const registration = isShown ? `, REGISTRATION=${registrationOf(values)}` : '';
  for (const warning of warningsOf(values)) console.error(`Warning: ${warning}`);
  if (server.ownerUrl !== undefined) {
    console.error(
      `No account exists yet. This link creates the first one, which becomes the owner: ${server.ownerUrl}`,
    );
  }
  const otherUrls = server.otherUrls.map((url) => ` or ${url}`).join('');
  console.error(
    `Parley ${version} is ready: ${server.url}${otherUrls} (${description}${durability}, ${describeRole(values)}${registration})`,
  );
  if (demo === undefined) return;
  try {
    console.error(await demo.fillDemo(server.url, config));
  } catch (error) {
    lifecycle.end('demo failed', 1);
    throw error;
  }
}

async function serve(values: Values): Promise<RunningServer> {
  keepCompiledCode(prepareDataDirectory(values.DATA_DIR));
  const run = await load(values.WORKERS);
  return run({ values, version, webRoot: WEB_ROOT });
}

/** The process that `hand-over.mjs` started the server from may be killed; the server would keep the port and the data. */
function endWithLauncher(end: () => void): void {
  if (process.env['PARLEY_LAUNCHER'] !== String(process.ppid)) return;
  process.once('disconnect', end);
  process.channel?.unref();
}

/** Lists settings that are likely mistakes, one line each. */
function warningsOf(values: Values): string[] {
  const isReachable = !isLoopbackOnly(values);
  return [
    ...(existsSync(join(WEB_ROOT, 'index.html'))
      ? []
      : ["The page is not built: only the API is served. Run 'npm run build' in the checkout."]),
    ...(isReachable && values.REGISTRATION === 'open' && values.SESSION_STORE === 'own'
      ? [
          `HOST is ${values.HOST}: every client that reaches it may register. REGISTRATION=invited or REGISTRATION=closed prevents that.`,
        ]
      : []),
    ...(isReachable && values.TLS_CERT_FILE === undefined && values.TRUST_PROXY.length === 0
      ? [
          `HOST is ${values.HOST} without TLS: set TLS_CERT_FILE and TLS_KEY_FILE, or TRUST_PROXY for a proxy that encrypts.`,
        ]
      : []),
  ];
}

/** A primary serves no clients: it needs a small part of the server. */
async function load(workers: number) {
  return workers === 1
    ? (await import('../app.ts')).startServer
    : (await import('../primary.ts')).startPrimary;
}
