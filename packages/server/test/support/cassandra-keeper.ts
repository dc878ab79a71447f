/**
 * Keeps one Cassandra node for its parent process, and removes it when the parent ends, however it
 * ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Requests of the parent; each is answered by `{fault}`, empty on success. */
export type CassandraOrder = 'start' | 'kill' | 'freeze' | 'thaw';

const START_TIMEOUT_MS = 120_000;

const [directory = '', address = '', port = '', classPath = ''] = process.argv.slice(2);
let server: ChildProcess | undefined;
let output = '';
let orders: Promise<unknown> = Promise.resolve();

// A terminal sends its signals to this process too: only the parent's end counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => {
  orders = orders.then(kill).finally(() => {
    rmSync(directory, { recursive: true, force: true });
    process.exit();
  });
});
process.on('message', (order: CassandraOrder) => {
  orders = orders.then(async () => {
    const fault = await carryOut(order).then(
      () => '',
      (error: Error) => error.message,
    );
    if (process.connected) process.send?.({ fault });
  });
});

async function carryOut(order: CassandraOrder): Promise<void> {
  if (order === 'start') await start();
  else if (order === 'kill') await kill();
  else server?.kill(order === 'freeze' ? 'SIGSTOP' : 'SIGCONT');
}

const EXPORTS = [
  ...['java.base/jdk.internal.misc', 'java.base/jdk.internal.ref'],
  ...['java.management.rmi/com.sun.jmx.remote.internal.rmi'],
  ...['java.management/com.sun.jmx.remote.security'],
  ...['java.rmi/sun.rmi.registry', 'java.rmi/sun.rmi.server'],
];
const OPENS = [
  ...['jdk.internal.ref', 'sun.nio.ch', 'java.io', 'java.nio', 'java.lang', 'java.util'],
  ...['java.lang.reflect', 'jdk.internal.module', 'java.lang.module', 'jdk.internal.loader'],
  ...['jdk.internal.reflect', 'jdk.internal.math', 'jdk.internal.util.jar'],
].map((name) => `java.base/${name}`);

async function start(): Promise<void> {
  const logging = join(directory, 'logback.xml');
  writeFileSync(
    logging,
    `<configuration><appender name="O" class="ch.qos.logback.core.ConsoleAppender"><encoder>
     <pattern>%level %msg%n</pattern></encoder></appender>
     <root level="WARN"><appender-ref ref="O"/></root></configuration>`,
  );
  const options = [
    ...['-Xms256m', '-Xmx256m', '-Xss384k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...['-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData'],
    ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...[...OPENS, 'jdk.management/com.sun.management.internal'].map(
      (name) => `--add-opens=${name}=ALL-UNNAMED`,
    ),
    `-Dcassandra.config=file://${join(directory, 'cassandra.yaml')}`,
    ...[`-Dcassandra.storagedir=${directory}`, `-Dcassandra.logdir=${join(directory, 'log')}`],
    `-Dlogback.configurationFile=file://${logging}`,
    ...['-Dcassandra-foreground=yes', '-Dcassandra.ring_delay_ms=100'],
    ...['-Dcassandra.skip_wait_for_gossip_to_settle=0', '-Dcassandra.superuser_setup_delay_ms=0'],
    ...['-Dcassandra.shutdown_announce_in_ms=0', '-Dcassandra.memtable.row_overhead_size=181'],
    ...['-cp', classPath, 'org.apache.cassandra.service.CassandraDaemon'],
  ];
  output = '';
  const started = spawn('java', options, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C in a terminal must not end it before its clients.
  });
  server = started;
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (data) => {
      output = `${output}${data}`.slice(-4000);
    });
  }
  started.on('error', (error) => {
    output += error.message;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers())) {
    if (started.exitCode !== null || Date.now() > deadline) {
      throw new Error(`Cassandra did not start: ${output}`);
    }
    await delay(200);
  }
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), address);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function kill(): Promise<void> {
  if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}
