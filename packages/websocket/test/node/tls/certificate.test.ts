import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OTHER_KEY, TEST_CERTIFICATE, TEST_KEY } from '../../../../../tests/support/certificate.ts';
import { checkCertificate, readCertificate } from '../../../src/node/tls/certificate.ts';

const PAIR = { cert: TEST_CERTIFICATE, key: TEST_KEY };

test('a usable pair is described', () => {
  const { subject, validTo, fingerprint } = checkCertificate(PAIR);

  assert.equal(subject, 'CN=localhost');
  assert.equal(validTo.getUTCFullYear(), 2120);
  assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test('a pair that does not match, or is not a certificate and key, is rejected by name', () => {
  const cases: [Partial<typeof PAIR>, RegExp][] = [
    [{ key: OTHER_KEY }, /the key does not belong to the certificate/],
    [{ cert: 'nonsense' }, /the certificate is not a PEM certificate/],
    [{ cert: TEST_KEY }, /the certificate is not a PEM certificate/],
    [{ key: 'nonsense' }, /the key is not a PEM private key/],
    [{ key: TEST_CERTIFICATE }, /the key is not a PEM private key/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => checkCertificate({ ...PAIR, ...change }), {
      code: 'INVALID_ARGUMENT',
      message,
    });
  }
});

test('a certificate is rejected before its validity, and from the moment it expires', () => {
  const first = Date.UTC(2020, 0, 1);
  const end = Date.UTC(2120, 0, 1);

  assert.throws(() => checkCertificate(PAIR, first - 1), /not valid before 2020-01-01T00:00:00/);
  checkCertificate(PAIR, first);
  checkCertificate(PAIR, end - 1);
  assert.throws(() => checkCertificate(PAIR, end), /has expired at 2120-01-01T00:00:00/);
});

test('an encrypted key needs its passphrase', () => {
  const key = createPrivateKey(TEST_KEY)
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open' })
    .toString();

  checkCertificate({ ...PAIR, key, passphrase: 'open' });
  for (const passphrase of [undefined, 'wrong']) {
    assert.throws(() => checkCertificate({ ...PAIR, key, passphrase }), /its passphrase is wrong/);
  }
});

test('an unreadable file is named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  await writeFile(files.certFile, TEST_CERTIFICATE);

  await assert.rejects(readCertificate(files), /key\.pem cannot be read/);

  await writeFile(files.keyFile, TEST_KEY);
  assert.equal((await readCertificate(files)).key, TEST_KEY);
});
