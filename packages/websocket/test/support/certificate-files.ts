/** Files with the certificate of tests, in a folder that is deleted with the test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../tests/support/certificate.ts';

export async function certificateFiles(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  await writeFile(files.certFile, TEST_CERTIFICATE);
  await writeFile(files.keyFile, TEST_KEY);
  return files;
}
