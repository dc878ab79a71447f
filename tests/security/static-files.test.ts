/** Paths that leave the folder of the web client return no file of the server. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { exchangeRaw } from './raw-exchange.ts';

const SECRET = 'nobody outside may read this';

const PATHS = [
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
  '/assets/..%5c..%5csecret.txt',
  '/assets/..\\..\\secret.txt',
  '/assets/....//....//secret.txt',
  '/assets/%252e%252e/%252e%252e/secret.txt',
  '/assets/%c0%ae%c0%ae/%c0%ae%c0%ae/secret.txt',
  '/assets/..;/..;/secret.txt',
  '/app/../secret.txt',
  '/app/%2e%2e%2fsecret.txt',
  '//secret.txt',
  '/./../secret.txt',
  '/assets/../.env',
  '/.env',
  '/assets/.env',
  '/%2eenv',
  '/secret.txt%00.js',
];

describe('a path that leaves the folder of the web client', () => {
  let server: TestServer;
  let directory: string;
  before(async () => {
    directory = temporaryDirectory();
    const webRoot = join(directory, 'web');
    mkdirSync(join(webRoot, 'assets'), { recursive: true });
    writeFileSync(join(directory, 'secret.txt'), SECRET);
    writeFileSync(join(webRoot, '.env'), SECRET);
    writeFileSync(join(webRoot, 'assets/.env'), SECRET);
    writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Parley</title>');
    server = await TestServer.start({ WEB_ROOT: webRoot });
  });
  after(() => server.close());

  for (const path of [...PATHS, 'ABSOLUTE']) {
    test(`returns nothing: ${path}`, async () => {
      const target = path === 'ABSOLUTE' ? join(directory, 'secret.txt') : path;
      for (const line of [target, `http://${server.host}${target}`]) {
        const head = `GET ${line} HTTP/1.1\r\nHost: ${server.host}\r\n`;
        const { received, statuses } = await exchangeRaw(
          server.host,
          `${head}Connection: close\r\n\r\n`,
        );
        assert.equal(statuses.length, 1);
        assert.ok(!received.includes(SECRET), received);
      }
    });
  }
});
