/**
 * Puts stored messages with blocked words into the queue of the moderators, as reports of a rule.
 * The node that has committed a message reports it.
 */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { Core } from '../core/core.ts';
import { WordList } from './word-list.ts';

export function reportBlockedWords(
  { events, store, secrets, background }: Pick<Core, 'events' | 'store' | 'secrets' | 'background'>,
  blockedWords: readonly string[],
): void {
  const words = new WordList(blockedWords);
  const report = async (about: {
    readonly id: MessageId;
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly content: string;
    readonly atMs: number;
    readonly word: string;
  }): Promise<void> => {
    const { id, roomId, userId, content, atMs, word } = about;
    await store.reports.insertReport({
      ...{ id: secrets.newId(), reporterId: undefined, userId, atMs },
      reason: `Word list of the server: “${word}”`,
      message: { id, roomId, content, files: [], sentAtMs: atMs },
    });
    events.emit('reportsChanged');
  };
  events.on('stored', 'blocked words', (event, _author, committedBy) => {
    if (committedBy !== 'own' || (event.kind !== 'message' && event.kind !== 'edit')) return;
    const { content, id } =
      event.kind === 'message' ? event.message : { content: event.content, id: event.messageId };
    const word = words.find(content);
    if (word === undefined) return;
    const { roomId, actorId: userId, createdAtMs: atMs } = event;
    background.run(report({ id, roomId, userId, content, atMs, word }));
  });
}
