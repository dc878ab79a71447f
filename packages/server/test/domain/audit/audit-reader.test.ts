import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import { AuditReader } from '../../../src/domain/audit/audit-reader.ts';
import { type AuditEntry, encodeEntry } from '../../../src/model/audit.ts';

const digest = (text: string): string => hash('sha256', text);

function chainOf(count: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let id = 1; id <= count; id += 1) {
    const written = { id, atMs: id, actor: 'operator', action: 'sessions.end' };
    const entry = { ...written, target: 'u', address: '', detail: '' };
    const previous = entries.at(-1)?.digest ?? '';
    entries.push({ ...entry, digest: digest(encodeEntry(previous, entry)) });
  }
  return entries;
}

function readerOf(entries: readonly AuditEntry[]) {
  return new AuditReader({
    accounts: { findCredentials: async () => undefined },
    audit: {
      listAudit: async () => [],
      readAuditChain: async (after, limit) =>
        entries.filter(({ id }) => id > after).slice(0, limit),
      findPrune: async () => entries.findLast(({ action }) => action === 'audit.prune'),
    },
    secrets: { digest },
  });
}

describe('the check of the audit log', () => {
  test('encodes an entry as documented', () => {
    const entry = {
      id: 2,
      atMs: 5,
      actor: 'a',
      action: 'b',
      target: 'c',
      address: 'd',
      detail: '"',
    };

    assert.equal(encodeEntry('00', entry), '["00",2,5,"a","b","c","d","\\""]');
  });

  test('accepts an empty log, and a chain longer than a page', async () => {
    assert.deepEqual(await readerOf([]).verify(), { kind: 'whole', count: 0, last: undefined });
    const state = await readerOf(chainOf(2500)).verify();
    assert.deepEqual(state.kind === 'whole' && state.count, 2500);
  });

  for (const field of [
    'atMs',
    'actor',
    'action',
    'target',
    'address',
    'detail',
    'digest',
  ] as const) {
    test(`names the first entry whose ${field} was changed`, async () => {
      const entries = chainOf(1500);
      const changed = entries.map((entry) =>
        entry.id < 1200 ? entry : { ...entry, [field]: field === 'atMs' ? 9999 : 'other' },
      );

      const state = await readerOf(changed).verify();

      assert.deepEqual(state, { kind: 'broken', id: 1200, reason: 'its digest does not match' });
    });
  }

  test('names an entry that is missing, also at the beginning', async () => {
    const entries = chainOf(9);
    const without = (gone: number) => readerOf(entries.filter(({ id }) => id !== gone)).verify();

    assert.deepEqual(await without(4), { kind: 'broken', id: 4, reason: 'it is missing' });
    const reason = 'the entries before it are missing';
    assert.deepEqual(await without(1), { kind: 'broken', id: 2, reason });
  });
});
