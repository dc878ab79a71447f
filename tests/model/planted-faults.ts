/**
 * Faults that the random histories must find: each changes one piece of code in a copy of
 * the server's sources. The list represents mistakes that are easily made.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_SOURCES } from './sources.ts';

export interface PlantedFault {
  readonly name: string;
  /** Below `packages/server/src`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly right: string;
  readonly wrong: string;
  /** The first seed to try, for a fault that few histories hit; default 1. */
  readonly firstSeed?: number;
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'acknowledge a commit whose outcome is not known',
    file: 'domain/delivery/store-and-broadcast.ts',
    right: 'onAcknowledged(unavailable(commitResult.error));',
    wrong: `onAcknowledged(toAcknowledgement(command, {
        ...toUnlogged(command),
        sequence: (dependencies.streams.get(command.roomId)?.head ?? 0) + 1,
      }));`,
  },
  {
    name: 'acknowledge ahead of the events below',
    file: 'domain/delivery/store-and-broadcast.ts',
    right: 'else subscription.acknowledgeAt(sequence, run);',
    wrong: 'else run();',
  },
  {
    name: 'pass an event on again when it comes again',
    file: 'domain/delivery/subscription.ts',
    right: `if (sequence <= this.position) return false;
    const isNext = sequence === this.position + 1;`,
    wrong: 'const isNext = sequence <= this.position + 1;',
  },
  {
    name: 'begin the stream behind the newest event instead of behind the snapshot',
    file: 'domain/delivery/subscription.ts',
    right: 'for (const event of this.stream.recentEventsAfter(headSequence) ?? []) {',
    wrong: 'for (const event of this.stream.recentEventsAfter(headSequence)?.slice(-1) ?? []) {',
  },
  {
    name: 'move the place of a client that lags, though it was sent nothing',
    file: 'domain/delivery/subscription.ts',
    right: 'if (isNext && encoded.sendTo(this.connection)) {',
    wrong: 'if (isNext && (encoded.sendTo(this.connection) || true)) {',
  },
  {
    name: 'answer a repeated request for a room before its pending acknowledgements',
    file: 'domain/delivery/subscription.ts',
    right: 'if (last === undefined) return true;',
    wrong: 'return true;',
  },
  {
    name: 'acknowledge behind a snapshot what the snapshot holds',
    file: 'domain/rooms/open-rooms.ts',
    right: 'if (connection.pendingCommands > 0) await commits.settleCurrent(room.id);',
    wrong: '',
  },
  {
    name: 'close a room in silence that cannot go on',
    file: 'domain/rooms/subscriptions.ts',
    right: 'else if (!subscription.resume()) this.resync(subscription);',
    wrong: 'else if (!subscription.resume()) this.close(subscription);',
    firstSeed: 1000,
  },
  {
    name: 'give up the places of a stream before the client hears that it has left',
    file: 'domain/chat.ts',
    right: `reply();
    this.#dependencies.subscriptions.close(subscription);`,
    wrong: `this.#dependencies.subscriptions.close(subscription);
    reply();`,
    firstSeed: 200,
  },
  {
    name: 'greet with a conversation that is not open yet',
    file: 'domain/direct/auto-subscribe.ts',
    right: 'missing = findMissing(rooms);\n  }',
    wrong: 'missing = [];\n  }',
  },
  {
    name: 'let an event open what was closed because the client is too far behind',
    file: 'domain/direct/auto-subscribe.ts',
    right: 'if (connection.isClosed || connection.subscriptions.has(roomId)) return;',
    wrong: 'if (connection.isClosed || connection.hasOpen(roomId)) return;',
    firstSeed: 500,
  },
  {
    name: 'keep what an opening was to answer while the client opens the room itself',
    file: 'domain/rooms/subscriptions.ts',
    right: 'if (existing !== undefined) this.close(existing);',
    wrong: '',
  },
  {
    name: 'page by <= where it should be <',
    file: 'stores/memory/log.ts',
    right: 'Math.min(before ?? head + 1, head + 1) - 1',
    wrong: 'Math.min(before ?? head + 1, head + 1)',
  },
  {
    name: 'forget the edits in catch-up',
    file: 'stores/memory/log.ts',
    right: '.filter((entry) => isAboutOlder(stored, entry, lastSequence))',
    wrong: ".filter((entry) => entry.kind !== 'edit' && isAboutOlder(stored, entry, lastSequence))",
  },
  {
    name: 'catch up from one event too late',
    file: 'stores/memory/log.ts',
    right: 'history: messagesBetween(stored, lastSequence, head.sequence + 1),',
    wrong: 'history: messagesBetween(stored, lastSequence + 1, head.sequence + 1),',
  },
  {
    name: 'send a cut history without saying that it replaces',
    file: 'stores/memory/log.ts',
    right: 'truncated: position !== undefined, history',
    wrong: 'truncated: false, history',
  },
  {
    name: 'store a retry again',
    file: 'stores/memory/commit.ts',
    right: 'stored.sendKeys.set(keyOf(command), {',
    wrong: 'stored.sendKeys.set(keyOf(command) + sequence, {',
  },
  {
    name: "count one's own messages as unread",
    file: 'stores/memory/apply-command.ts',
    right: 'sender.read = { sequence, ordinal };',
    wrong: '',
  },
  {
    name: 'count as unread what retention has taken',
    file: 'stores/memory/unread.ts',
    right: 'countUnread(headOrdinalOf(stored), read.ordinal, prunedOrdinal)',
    wrong: 'countUnread(headOrdinalOf(stored), read.ordinal)',
  },
  {
    name: 'take away what is not old enough',
    file: 'stores/memory/retention.ts',
    right: 'createdAtMs >= beforeMs',
    wrong: 'createdAtMs > Number.MAX_VALUE',
  },
  {
    name: 'wait for ever for events that retention has taken',
    file: 'domain/delivery/room-stream-registry.ts',
    right: 'stream.skipTo(page.firstSequence);',
    wrong: '',
  },
];

/** Copies are made in the checkout: from there the sources find the packages that they use. */
const FOLDER = join(import.meta.dirname, '../..');

/** Makes a copy with this fault, passes its folder to `use`, and deletes it. */
export async function withPlanted<T>(
  { name, file, right, wrong }: PlantedFault,
  use: (sources: string) => Promise<T>,
): Promise<T> {
  const copy = mkdtempSync(join(FOLDER, '.planted-'));
  const handleExit = (): void => rmSync(copy, { recursive: true, force: true });
  process.once('exit', handleExit);
  try {
    cpSync(SERVER_SOURCES, copy, { recursive: true });
    const text = readFileSync(join(copy, file), 'utf8');
    if (text.split(right).length !== 2)
      throw new Error(`${name}: not just once in ${file}: ${right}`);
    writeFileSync(
      join(copy, file),
      text.replace(right, () => wrong),
    );
    return await use(copy);
  } finally {
    handleExit();
    process.off('exit', handleExit);
  }
}
