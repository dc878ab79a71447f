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
  test('creates missing folders of the path, accessible only to their owner', () => {
    const parent = join(temporaryDirectory(), 'parent');

    const directory = prepareDataDirectory(join(parent, 'data'));

    assert.equal(directory, join(parent, 'data'));
    for (const made of [parent, directory]) assert.equal(statSync(made).mode & 0o777, 0o700);
    assert.equal(prepareDataDirectory(directory), directory);
  });

  test('reports the obstacle in the path', () => {
    const file = join(temporaryDirectory(), 'a-file');
    writeFileSync(file, '');

    for (const [path, obstacle] of [
      [file, 'is not a folder'],
      [join(file, 'data'), 'cannot be written to (ENOTDIR)'],
    ] as const) {
      const message = `DATA_DIR is '${path}', which ${obstacle}.`;
      assert.throws(() => prepareDataDirectory(path), { name: 'ConfigError', message });
    }
  });
});

describe('findDataDirectory', () => {
  test('creates no folder', () => {
    const directory = join(temporaryDirectory(), 'data');

    assert.equal(findDataDirectory(directory), directory);
    assert(!existsSync(directory));
  });

  test('reports the obstacle in the path', () => {
    const circle = join(temporaryDirectory(), 'circle');
    symlinkSync(circle, circle);

    const message = `DATA_DIR is '${circle}', which cannot be written to (ELOOP).`;
    assert.throws(() => findDataDirectory(circle), { name: 'ConfigError', message });
  });
});

describe('keepSecret', () => {
  test('creates a secret once', () => {
    const directory = temporaryDirectory();

    const secret = keepSecret(directory, 'jwt-secret');

    assert.match(secret, /^[\w-]{43}$/);
    assert.equal(keepSecret(directory, 'jwt-secret'), secret);
    assert.deepEqual(readdirSync(directory), ['jwt-secret']);
  });

  test('replaces an empty file, which a full disk leaves, with a new secret', () => {
    const directory = temporaryDirectory();
    for (const name of ['jwt-secret', 'jwt-secret.part']) writeFileSync(join(directory, name), '');

    const secret = keepSecret(directory, 'jwt-secret');

    assert.match(secret, /^[\w-]{43}$/);
    assert.equal(keepSecret(directory, 'jwt-secret'), secret);
  });
});
