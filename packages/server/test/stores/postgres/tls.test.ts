import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createSecureContext, TLSSocket } from 'node:tls';
import { openTestStore } from '../../support/postgres-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

const directory = temporaryDirectory();
const CERTIFICATE = join(directory, 'certificate.pem');
const KEY = join(directory, 'key.pem');

/** Creates a self-signed certificate for `localhost`. */
function makeCertificate(): string | false {
  const wanted = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ');
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  try {
    execFileSync('openssl', ['req', ...wanted, ...name, '-keyout', KEY, '-out', CERTIFICATE], {
      stdio: 'ignore',
    });
    return false;
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    return 'no openssl was found to make a certificate';
  }
}

/** PostgreSQL's TLS negotiation (`SSLRequest`, then `S`) in front of a server without TLS. */
async function startTlsFront(to: URL): Promise<Server> {
  const context = createSecureContext({
    cert: readFileSync(CERTIFICATE),
    key: readFileSync(KEY),
  });
  const front = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('S');
      const secured = new TLSSocket(socket, { isServer: true, secureContext: context });
      const server = connect(Number(to.port), to.hostname);
      for (const end of [secured, server]) end.on('error', () => {});
      secured.on('close', () => server.destroy());
      secured.pipe(server).pipe(secured);
    });
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return front;
}

describe('postgres store over TLS', { skip: postgresSkip() || makeCertificate() }, () => {
  let databases: TestDatabases;
  let plain: string;
  let front: Server;
  before(async () => {
    databases = await TestDatabases.open();
    plain = await databases.create();
    front = await startTlsFront(new URL(plain));
  });
  after(async () => {
    front.close();
    await databases.close();
  });

  const secured = (host: string, query: string): string => {
    const url = new URL(`${plain}?${query}`);
    // It listens on TCP.
    url.port = String((front.address() as AddressInfo).port);
    url.hostname = host;
    return url.href;
  };

  test('connects with sslmode=require, and with verify-full if the certificate is trusted', async () => {
    for (const query of ['sslmode=require', `sslmode=verify-full&sslrootcert=${CERTIFICATE}`]) {
      const store = await openTestStore(secured('localhost', query));

      assert.deepEqual((await store.rooms.listUnusedRooms()).rooms, []);
      await store.close();
    }
  });

  const rejected: readonly [why: string, url: () => string, message: RegExp][] = [
    [
      'a certificate that nobody vouches for',
      () => secured('localhost', 'sslmode=verify-full'),
      /cannot be used: self-signed certificate/,
    ],
    [
      'a certificate of another host',
      () => secured('127.0.0.1', `sslmode=verify-full&sslrootcert=${CERTIFICATE}`),
      /cannot be used: Hostname\/IP does not match certificate's altnames/,
    ],
    [
      'a server without TLS where it is required',
      () => `${plain}?sslmode=require`,
      /cannot be used: The server does not support SSL connections/,
    ],
  ];
  for (const [why, url, message] of rejected) {
    test(`rejects ${why}, in one line`, async () => {
      await assert.rejects(openTestStore(url()), { name: 'StoreUnusable', message });
    });
  }
});
