/** Certificate files for `localhost` and 127.0.0.1, as settings. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../tests/support/certificate.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export function tlsFiles(key = TEST_KEY) {
  const folder = temporaryDirectory();
  const settings = {
    TLS_CERT_FILE: join(folder, 'cert.pem'),
    TLS_KEY_FILE: join(folder, 'key.pem'),
  };
  writeFileSync(settings.TLS_CERT_FILE, TEST_CERTIFICATE);
  writeFileSync(settings.TLS_KEY_FILE, key);
  return settings;
}
