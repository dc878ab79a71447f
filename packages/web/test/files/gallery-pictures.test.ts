import assert from 'node:assert/strict';
import { test } from 'node:test';
import { galleryPictures } from '../../src/files/gallery-pictures.ts';

const picture = (fileId: string) => ({
  ...{ fileId, name: `${fileId}.png`, type: 'image/png', size: 1, width: 2, height: 2 },
});
const message = (id: string, userId: string, ...attachments: (string | object)[]) => ({
  ...{ id, userId, sender: userId, content: '', sentAtMs: 0, sequence: 1 },
  attachments: attachments as ReturnType<typeof picture>[],
});
const FIRST = message('1', 'bob', picture('a'), { ...picture('b'), type: 'text/plain' }, 'link');
const FOLDED = message('2', 'eve', picture('c'));
const LAST = message('3', 'bob', picture('d'));
const AROUND = [
  FIRST,
  FOLDED,
  { ...message('4', 'bob', picture('x')), isDeleted: true as const },
  LAST,
];
const isBlocked = (userId: string): boolean => userId === 'eve';
const idsFrom = (pressed: ReturnType<typeof message>): string[] =>
  galleryPictures({ message: pressed, around: AROUND, isBlocked }).map(({ file }) => file.fileId);

test('the gallery has the pictures of the messages around, without folded and deleted ones', () => {
  assert.deepEqual(idsFrom(FIRST), ['a', 'd']);
  assert.deepEqual(idsFrom(FOLDED), ['a', 'c', 'd']);
});

test('a message that is not among them, as in a thread, has its own pictures', () => {
  assert.deepEqual(idsFrom(message('9', 'bob', picture('e'), picture('f'))), ['e', 'f']);
});
