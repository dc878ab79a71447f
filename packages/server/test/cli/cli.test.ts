import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Account, PASSWORD, post } from '../support/account.ts';
import { inheritedEnvironment } from '../support/inherited-environment.ts';
import {
  endAll,
  exitOf,
  parley,
  readyOf,
  run,
  runAlone,
  started,
} from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

afterEach(endAll);

const withoutPage = (warnings: readonly string[]): readonly string[] =>
  warnings.filter((line) => !line.includes('The page is not built'));

describe('parley unit', () => {
  test('names its units, and is for clusters', async () => {
    const wrong = await run(['unit', 'posts'], { DATA_DIR: temporaryDirectory() });
    assert.match(wrong.stderr, /^'posts' is not all, or one of search, mail, /);
    const alone = await run(['unit', 'mail,search'], { DATA_DIR: temporaryDirectory() });
    assert.match(alone.stderr, /^Units run beside the nodes of a cluster: /);
    assert.deepEqual([wrong.code, alone.code], [1, 1]);
  });
});

describe('parley start', () => {
  test('prints its URL and its store in one line, and is alone in its data directory', async () => {
    const DATA_DIR = temporaryDirectory();
    const { child, url, line, warnings, ownerUrl } = await started({
      ...{ DATA_DIR, FIRST_ACCOUNT: 'owner' },
    });
    assert.match(
      line,
      /^Parley \d+\.\d+\.\d+(?:\+[0-9a-f]{12})? is ready: http:\/\/localhost:\d+ \(SQLite in /,
    );
    assert.deepEqual(withoutPage(warnings), []);
    assert.equal((await fetch(`${url}/health`)).status, 200);

    const second = await run(['start'], { DATA_DIR, PORT: '0' });

    assert.equal(second.code, 1);
    assert.equal(
      second.stderr,
      `The data directory ${DATA_DIR} is in use by another Parley (process ${child.pid}, ${url}).\n`,
    );
    const alice = await Account.signUp(url, 'alice');
    const me = await alice.must<{ user: { role: string } }>('GET', '/api/auth/me');
    assert.deepEqual([ownerUrl, me.user.role], [undefined, 'owner']);
    const socket = await alice.connect();

    const exit = exitOf(child);
    child.kill('SIGTERM');

    assert.equal((await socket.closed).code, 1001);
    assert.deepEqual(await exit, { code: 0 });
    assert(!existsSync(join(DATA_DIR, 'parley.db-wal')), 'the write-ahead log is folded in');
  });

  test('on all addresses names them and the link of the owner, and keeps sessions over a restart', async () => {
    const DATA_DIR = temporaryDirectory();
    const settings = { DATA_DIR, HOST: '0.0.0.0', FIRST_ACCOUNT: 'owner' };
    const first = await started(settings);
    assert.match(first.line, /, REGISTRATION=invited\)$/);
    const [, invite = ''] = /\/app\/invite\/([\w-]{43})$/.exec(first.ownerUrl ?? '') ?? [];
    assert.equal(first.ownerUrl, `${first.url}/app/invite/${invite}`);
    const account = { username: 'alice', password: PASSWORD, invite };
    assert.equal((await post(`${first.url}/register`, account)).status, 201);
    const { cookie } = await Account.logIn(first.url, 'alice');
    const killed = exitOf(first.child);
    first.child.kill('SIGKILL');
    await killed;

    const { child, url, line, ...second } = await started({ ...settings, REGISTRATION: 'open' });

    const me = await fetch(`${url}/api/auth/me`, { headers: { cookie } });
    assert.equal(me.status, 200);
    assert.equal(statSync(join(DATA_DIR, 'session-secret')).mode & 0o777, 0o600);
    assert.equal(second.ownerUrl, undefined);
    const { port } = new URL(url);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ` or http://${address}:${port}`);
    assert(line.includes(`is ready: http://localhost:${port}${others.join('')} (SQLite in `), line);
    const [registration = '', tls = '', ...more] = withoutPage(second.warnings);
    assert.match(
      registration,
      /^Warning: HOST is 0\.0\.0\.0: .* REGISTRATION=closed prevents that\.$/,
    );
    assert.match(tls, /^Warning: HOST is 0\.0\.0\.0 without TLS: /);
    assert.deepEqual(more, []);
    const exit = exitOf(child);
    child.kill('SIGINT');
    assert.deepEqual(await exit, { code: 0 });
  });

  test('exits with 0 on a signal during the start, and leaves no temporary files', async () => {
    // The start waits for this Redis, which never answers.
    const silent = createServer(() => {})
      .listen(0, '127.0.0.1')
      .unref();
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const TMPDIR = temporaryDirectory();
    for (const [WORKERS, signal] of [
      ['1', 'SIGINT'],
      ['2', 'SIGTERM'],
    ] as const) {
      const child = parley(['start'], {
        DATA_DIR: temporaryDirectory(),
        ...{ PORT: '0', WORKERS, TMPDIR },
        ...{ SESSION_STORE: 'redis', BUS: 'memory', SESSION_SECRET: 'x'.repeat(32) },
        ...{ REDIS_URL: `redis://127.0.0.1:${port}`, DATABASE_TIMEOUT_MS: '60000' },
      });
      const exit = exitOf(child);
      const first = await Promise.race([once(silent, 'connection'), exit]);
      assert(Array.isArray(first), 'the start reaches Redis');

      child.kill(signal);

      assert.deepEqual(await exit, { code: 0 });
    }
    assert.deepEqual(readdirSync(TMPDIR), []);
    silent.close();
  });

  test('names the folder for temporary files if several workers cannot use it', async () => {
    const TMPDIR = join(temporaryDirectory(), 'absent');
    const { code, stderr } = await runAlone(['start', '--workers', '2'], { PORT: '0', TMPDIR });

    assert.equal(code, 1);
    const folder = `The folder for temporary files, '${TMPDIR}', cannot be written to (ENOENT)`;
    assert.equal(stderr, `${folder}. Choose another with TMPDIR.\n`);
  });

  const fullDevice = '/dev/full';
  const skip = !existsSync(fullDevice) && 'needs /dev/full';
  test('continues if its log cannot be written', { skip }, async () => {
    const output = openSync(fullDevice, 'w');
    const DATA_DIR = temporaryDirectory();

    const { child, url } = await started({ DATA_DIR, LOG_LEVEL: 'info' }, { output });
    closeSync(output);

    assert.equal((await fetch(`${url}/health`)).status, 200);
    const exit = exitOf(child);
    child.kill('SIGTERM');
    assert.deepEqual(await exit, { code: 0 });
  });

  test('ends if the process that launched it is killed', async () => {
    const DATA_DIR = temporaryDirectory();
    const handOver = new URL('../../bin/hand-over.mjs', import.meta.url).href;
    const parleyPath = fileURLToPath(new URL('../../bin/parley.mjs', import.meta.url));
    const program = `import { handOver } from '${handOver}';
      await handOver(process.execPath, ['${parleyPath}', 'start']);`;
    const launcher = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: DATA_DIR,
      env: { ...inheritedEnvironment(), DATA_DIR, PORT: '0', LOG_LEVEL: 'error' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = (await readyOf(launcher)).url;
    assert.equal((await fetch(`${url}/health`)).status, 200);

    launcher.kill('SIGKILL');

    await until(async () => !existsSync(join(DATA_DIR, 'parley.db-wal')), 'the end of the server');
    await assert.rejects(fetch(`${url}/health`));
  });

  test('keeps compiled code that only its owner can change, and starts without it', async () => {
    const [DATA_DIR, blocked] = [temporaryDirectory(), temporaryDirectory()];
    const cache = join(DATA_DIR, 'compile-cache');
    writeFileSync(join(blocked, 'compile-cache'), 'not a folder');

    const { child, url } = await started({ NODE_COMPILE_CACHE: '', DATA_DIR });
    const settings = { NODE_COMPILE_CACHE: '', DATA_DIR: blocked, PORT: new URL(url).port };
    const without = await run(['start'], settings);
    const exit = exitOf(child);
    child.kill('SIGTERM');

    assert.deepEqual(await exit, { code: 0 });
    assert.match(without.stderr, /^Port \d+ on 127\.0\.0\.1 is in use\./);
    assert.equal(statSync(cache).mode & 0o777, 0o700);
    assert(readdirSync(cache, { recursive: true }).length > 100);
  });

  test('names the port that is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };

    const { code, stderr } = await runAlone(['start'], {
      DATA_DIR: temporaryDirectory(),
      PORT: String(port),
    });
    holder.close();

    assert.equal(code, 1);
    assert.equal(stderr, `Port ${port} on 127.0.0.1 is in use. Choose another with PORT.\n`);
  });

  test('names an address that is not of this machine', async () => {
    const settings = { DATA_DIR: temporaryDirectory(), HOST: '203.0.113.1', PORT: '0' };
    const { code, stderr } = await run(['start'], settings);

    assert.equal(code, 1);
    assert.match(stderr, /^HOST is not an address of this machine[^\n]*\n$/);
  });

  test('reports a data directory that it cannot write to', async () => {
    const file = join(temporaryDirectory(), 'a-file');
    writeFileSync(file, '');

    const { code, stderr } = await run(['start'], { DATA_DIR: join(file, 'data'), PORT: '0' });

    assert.equal(code, 1);
    assert.match(
      stderr,
      /^DATA_DIR is '.*a-file\/data', which cannot be written to \(ENOTDIR\)\.\n$/,
    );
  });

  const noProc = !existsSync('/proc/self') && 'needs /proc';
  test('reports a folder that the system does not allow to create', { skip: noProc }, async () => {
    const { code, stderr } = await run(['start'], {
      DATA_DIR: '/proc/parley/data',
      PORT: '0',
    });

    assert.equal(code, 1);
    assert.equal(stderr, "DATA_DIR is '/proc/parley/data', which cannot be written to (ENOENT).\n");
  });

  test('prints an unexpected error as one line, with its stack at LOG_LEVEL=debug', async () => {
    const directory = temporaryDirectory();
    const secret = join(directory, 'session-secret');
    symlinkSync(secret, secret);
    const environment = { DATA_DIR: directory, PORT: '0' };

    const { code, stderr } = await run(['start'], environment);
    const debug = await run(['start'], { ...environment, LOG_LEVEL: 'debug' });

    assert.deepEqual([code, debug.code], [1, 1]);
    assert.match(
      stderr,
      /^Unexpected error: ELOOP: .*session-secret'\. Set LOG_LEVEL=debug to see the stack\.\n$/,
    );
    assert.match(debug.stderr, /^Unexpected error: Error: ELOOP: .*\n +at /);
  });

  const wrong: readonly [
    args: readonly string[],
    environment: Record<string, string>,
    line: RegExp,
  ][] = [
    [
      ['start'],
      { PORT: 'http' },
      /^PORT is 'http', which is not a whole number from 0 to 65535\.\n$/,
    ],
    [['start', '--port', 'x'], {}, /^PORT is 'x'/],
    [['start', '--prot', '80'], {}, /^Unknown option '--prot'\. Try 'parley start --help'\.\n$/],
    [['--prot', '80'], {}, /^Unknown option '--prot'\. Try 'parley --help'\.\n$/],
    [
      ['start', '--port'],
      {},
      /^Option '--port <value>' argument missing\. Try 'parley start --help'/,
    ],
    [['start', '--port', '--host'], {}, /^Option '--port' argument is ambiguous\. Try 'parley/],
    [['sart', '--help'], {}, /^Unknown command 'sart'\. Try 'parley --help'\.\n$/],
    [['sart'], {}, /^Unknown command 'sart'\. Try 'parley --help'\.\n$/],
    [['start'], { NODE_ENV: 'production' }, /^SESSION_SECRET is missing/],
    [
      ['start'],
      { REGISTRATON: 'closed' },
      /^The environment has REGISTRATON, .* REGISTRATION\.\n$/,
    ],
    [
      ['start'],
      { SESSION_SECRET: 'short' },
      /^SESSION_SECRET is '\*\*\*', which is not a string of at least 16 characters, or several/,
    ],
  ];
  for (const [args, environment, line] of wrong) {
    test(`rejects ${args.join(' ')} ${JSON.stringify(environment)} in one line`, async () => {
      const { code, stdout, stderr } = await run(args, environment);

      assert.equal(code, 1);
      assert.match(stderr, line);
      assert.equal(stderr.trim().split('\n').length, 1);
      assert.equal(stdout, '');
    });
  }
});

describe('parley', () => {
  test('shows every setting with its value and origin, and no secret', async () => {
    const { code, stdout } = await run(['config', '--port', '9000'], {
      SESSION_SECRET: 'a secret of some length',
    });

    assert.equal(code, 0);
    assert.match(stdout, /^PORT +9000 +\(flag\)$/m);
    assert.match(stdout, /^HOST +127\.0\.0\.1 +\(default\)$/m);
    assert.match(stdout, /^SESSION_SECRET +\*\*\* +\(environment\)$/m);
    assert.match(stdout, /^MAX_CONNECTIONS +\d+ +\(default\)$/m);
    assert.match(stdout, /^# Storage\n/m);
    assert.doesNotMatch(stdout, /some length/);
  });

  test('prints its version and its usage', async () => {
    assert.match((await runAlone(['--version'])).stdout, /^\d+\.\d+\.\d+(?:\+[0-9a-f]{12})?\n$/);
    assert.match((await run(['--help'])).stdout, /parley COMMAND/);
    assert.match((await run([])).stdout, /parley COMMAND/);
  });

  test('prints the purpose and the arguments of each command', async () => {
    const of = async (name: string) => (await run([name, '--help'])).stdout;

    const start = await of('start');
    assert.match(
      start,
      /^parley start \[--demo\] \[--setting value \.\.\.\]\n\nServe the web client and the API\.\n/,
    );
    assert.match(start, /^ {2}--port +TCP port of the server; 0 selects a free port\. \(8080\)$/m);
    assert.match(start, /^ {2}--trust-proxy /m);
    const backup = await of('backup');
    assert.match(backup, /^parley backup FILE /);
    assert.match(backup, /^ {2}--data-dir /m);
    assert.doesNotMatch(backup, /^ {2}--port /m);
    assert.match(await of('users'), /users add NAME .*\n.*users reset NAME /);
    const added = (await run(['users', 'add', '--help'])).stdout;
    assert.match(added, /^parley users add NAME \[--password-stdin\] \[--setting/);
    assert.match(
      await of('doctor'),
      /^parley doctor --new-generation [\s\S]+^ {2}--new-generation +Make clients/m,
    );
  });
});
