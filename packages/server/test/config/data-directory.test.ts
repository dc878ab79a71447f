import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  findDataDirectory,
  keepSecret,
  prepareDataDirectory,
} from '../../src/config/data-directory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('prepareDataDirectory', () => {
  test('makes what is missing of the path, for its owner only', () => {
    const parent = join(temporaryDirectory(), 'parent');

    const directory = prepareDataDirectory(join(parent, 'data'));

    assert.equal(directory, join(parent, 'data'));
    for (const made of [parent, directory]) assert.equal(statSync(made).mode & 0o777, 0o700);
    assert.equal(prepareDataDirectory(directory), directory);
  });

  test('says what stands in the way', () => {
    const file = join(temporaryDirectory(), 'a-file');
    writeFileSync(file, '');

    for (const [path, code] of [
      [file, 'EEXIST'],
      [join(file, 'data'), 'ENOTDIR'],
    ] as const) {
      const message = `DATA_DIR is '${path}', which cannot be written to (${code}).`;
      assert.throws(() => prepareDataDirectory(path), { name: 'ConfigError', message });
    }
  });
});

describe('findDataDirectory', () => {
  test('makes nothing', () => {
    const directory = join(temporaryDirectory(), 'data');

    assert.equal(findDataDirectory(directory), directory);
    assert(!existsSync(directory));
  });

  test('says what stands in the way', () => {
    const circle = join(temporaryDirectory(), 'circle');
    symlinkSync(circle, circle);

    const message = `DATA_DIR is '${circle}', which cannot be written to (ELOOP).`;
    assert.throws(() => findDataDirectory(circle), { name: 'ConfigError', message });
  });
});

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
