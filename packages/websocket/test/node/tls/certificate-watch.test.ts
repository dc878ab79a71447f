import assert from 'node:assert/strict';
import { once } from 'node:events';
import { utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect, createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import {
  OTHER_CERTIFICATE,
  OTHER_KEY,
  TEST_CERTIFICATE,
  TEST_KEY,
} from '../../../../../tests/support/certificate.ts';
import type { CertificateFacts, CertificateFiles } from '../../../src/node/tls/certificate.ts';
import {
  CertificateWatch,
  type CertificateWatchOptions,
} from '../../../src/node/tls/certificate-watch.ts';
import { certificateFiles } from '../../support/certificate-files.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { next } from '../../support/wait.ts';

/** A watch that has seen the files once. */
async function startWatch(
  server: Pick<Server, 'setSecureContext'>,
  files: CertificateFiles,
  options: Pick<CertificateWatchOptions, 'secureContextOptions'> = {},
) {
  const changes: CertificateFacts[] = [];
  const errors: unknown[] = [];
  const watch = new CertificateWatch(server, {
    ...options,
    files,
    intervalMs: 60_000,
    clock: new FakeClock(),
    handleChange: (facts) => changes.push(facts),
    handleError: (error) => errors.push(error),
  });
  await watch.check();
  return { watch, changes, errors };
}

/** Files whose certificates are valid from 2020 to 2120, and a calendar that the test sets. */
async function startWithCalendar(t: TestContext, year: number) {
  const files = await certificateFiles(t);
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(year) });
  return {
    ...(await startWatch({ setSecureContext() {} }, files)),
    touch: (seconds: number) => utimes(files.certFile, seconds, seconds),
    setYear: (newYear: number) => t.mock.timers.setTime(Date.UTC(newYear)),
  };
}

test('the files are checked every minute, unless an interval is given', async (t) => {
  const files = await certificateFiles(t);
  const watchEvery = (options: Pick<CertificateWatchOptions, 'clock' | 'intervalMs'>) =>
    new CertificateWatch(
      { setSecureContext() {} },
      {
        ...options,
        files,
        handleChange() {},
        handleError() {},
      },
    );
  const periods: number[] = [];
  const setInterval = (_: () => void, periodMs: number) => {
    periods.push(periodMs);
    return { clear() {} };
  };

  watchEvery({ clock: Object.assign(new FakeClock(), { setInterval }) });

  assert.deepEqual(periods, [60_000]);
  for (const intervalMs of [0, 0.5, Number.NaN]) {
    assert.throws(() => watchEvery({ intervalMs }), { code: 'INVALID_ARGUMENT' });
  }
});

test('a handler that throws causes a warning, and ends neither the check nor the process', async (t) => {
  const files = await certificateFiles(t);
  const problem = new Error('a fault of the application');
  const fail = () => {
    throw problem;
  };
  const handlers = { handleChange: fail, handleError: fail };
  const clock = new FakeClock();
  const watch = new CertificateWatch({ setSecureContext() {} }, { ...handlers, files, clock });
  await watch.check();

  for (const text of ['no certificate', TEST_CERTIFICATE]) {
    await writeFile(files.certFile, text);
    const warning = next(process, 'warning');
    await watch.check();
    assert.deepEqual(await warning, [problem]);
  }
});

test("a renewal keeps the other options of the application's own server", async (t) => {
  const files = await certificateFiles(t);
  const options: TlsOptions = {
    cert: TEST_CERTIFICATE,
    key: TEST_KEY,
    ca: TEST_CERTIFICATE,
    ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
    maxVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = createServer(options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { watch, changes } = await startWatch(server, files, { secureContextOptions: options });

  await writeFile(files.certFile, OTHER_CERTIFICATE);
  await writeFile(files.keyFile, OTHER_KEY);
  await watch.check();
  assert.equal(changes.length, 1);

  const { port } = server.address() as AddressInfo;
  const accepted = next(server, 'secureConnection');
  const client = connect({
    port,
    host: '127.0.0.1',
    ca: OTHER_CERTIFICATE,
    cert: TEST_CERTIFICATE,
    key: TEST_KEY,
  });
  t.after(() => client.destroy());
  const [socket] = (await accepted) as [TLSSocket];
  assert.deepEqual(
    [socket.authorized, socket.getProtocol(), socket.getCipher().name],
    [true, 'TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  );
});

test('authorities of a watched file replace those of the options', async (t) => {
  const files = await certificateFiles(t);
  const caFile = `${files.certFile}.ca`;
  await writeFile(caFile, TEST_CERTIFICATE);
  const authorities: unknown[] = [];
  const { watch } = await startWatch(
    { setSecureContext: ({ ca }) => authorities.push(ca) },
    { ...files, caFile },
    { secureContextOptions: { ca: TEST_CERTIFICATE } },
  );

  await writeFile(caFile, TEST_CERTIFICATE + OTHER_CERTIFICATE);
  await watch.check();

  assert.deepEqual(authorities, [TEST_CERTIFICATE + OTHER_CERTIFICATE]);
});

test('a failed renewal is tried again although the files stay the same', async (t) => {
  const { watch, changes, errors, touch, setYear } = await startWithCalendar(t, 2019);

  await touch(1);
  await watch.check();
  assert.match(String(errors[0]), /not valid before 2020/);
  assert.equal(changes.length, 0);

  setYear(2021);
  await watch.check();
  assert.equal(changes.length, 1);

  await watch.check();
  assert.deepEqual([changes.length, errors.length], [1, 1], 'nothing is tried after a success');
});

test('a failure is reported again only if the files or the message change', async (t) => {
  const { watch, errors, touch, setYear } = await startWithCalendar(t, 2019);
  const counts: number[] = [];
  async function check() {
    await watch.check();
    counts.push(errors.length);
  }

  await touch(1);
  await check();
  await check();
  await touch(2);
  await check();
  await check();
  setYear(2121);
  await check();
  await check();

  assert.deepEqual(counts, [1, 1, 2, 2, 3, 3]);
  assert.match(String(errors[2]), /has expired/);
});
