import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { keepSecret } from '../../src/config/data-directory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('keepSecret', () => {
  test('makes a secret once', () => {
    const directory = temporaryDirectory();

    const secret = keepSecret(directory, 'jwt-secret');

    assert.match(secret, /^[\w-]{43}$/);
    assert.equal(keepSecret(directory, 'jwt-secret'), secret);
    assert.deepEqual(readdirSync(directory), ['jwt-secret']);
  });

  test('takes nothing for no secret: a full disk has kept nothing of it', () => {
    const directory = temporaryDirectory();
    for (const name of ['jwt-secret', 'jwt-secret.part']) writeFileSync(join(directory, name), '');

    const secret = keepSecret(directory, 'jwt-secret');

    assert.match(secret, /^[\w-]{43}$/);
    assert.equal(keepSecret(directory, 'jwt-secret'), secret);
  });
});
