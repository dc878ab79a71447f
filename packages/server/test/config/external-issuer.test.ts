import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readExternalIssuer } from '../../src/config/external-issuer.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function algorithmsOf(key: KeyObject, over: Record<string, string> = {}) {
  const file = join(temporaryDirectory(), 'issuer.pem');
  writeFileSync(file, key.export({ type: 'spki', format: 'pem' }));
  const flags = { JWT_ISSUER: 'https://issuer', JWT_AUDIENCE: 'chat', JWT_PUBLIC_KEY_FILE: file };
  const { values } = loadConfig({ flags: { ...flags, ...over }, environment: {}, envFile: {} });
  return readExternalIssuer(values)?.algorithms;
}

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).publicKey;
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey;
const { publicKey: ed25519 } = generateKeyPairSync('ed25519');

describe('a public key of another issuer', () => {
  test('allows only the algorithm that it is made for', () => {
    assert.deepEqual(
      [rsa(2048), ec('P-256'), ed25519].map((key) => algorithmsOf(key)),
      [['RS256'], ['ES256'], ['EdDSA']],
    );
  });

  test('stops the start if it fits no algorithm', () => {
    const reason = /^JWT_PUBLIC_KEY_FILE cannot be used: the key is for none of JWT_ALGORITHMS/;
    for (const key of [rsa(1024), ec('P-384'), generateKeyPairSync('x25519').publicKey]) {
      assert.throws(() => algorithmsOf(key), { name: 'ConfigError', message: reason });
    }
    const over = { JWT_ALGORITHMS: 'ES256' };
    assert.throws(() => algorithmsOf(ed25519, over), { name: 'ConfigError', message: reason });
  });
});
