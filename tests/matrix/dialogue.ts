/** A dialogue of several clients in one room, which the checker of the delivery core judges. */
import assert from 'node:assert/strict';
import { until } from '../../packages/server/test/support/wait.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { DialectDriver } from './dialect-driver.ts';
import { nativeDriver } from './dialects/native.ts';
import type { MatrixFixture } from './matrix-fixture.ts';

const MESSAGES_EACH = 8;

export interface Talker {
  readonly driver: DialectDriver;
  readonly who: string;
}

interface Dialogue {
  readonly fixture: MatrixFixture;
  readonly roomId: string;
  readonly talkers: readonly Talker[];
  /** Entries of the room before the dialogue. */
  readonly begun?: readonly HistoryEntry[];
  /** Runs when all are connected, before each round of messages. */
  beforeRound?(round: number): void;
}

/** All send at once; the last client, native, edits its messages, and reads all at the end. */
export async function holdDialogue(dialogue: Dialogue): Promise<void> {
  const { fixture, roomId, talkers, begun = [] } = dialogue;
  const history: HistoryEntry[] = [...begun];
  const record = (entry: HistoryEntry) => history.push(entry);
  const others = [];
  for (const { driver, who } of talkers.slice(0, -1)) {
    others.push(await fixture.connect(driver, who, roomId, record));
  }
  const last = talkers.at(-1)?.who ?? '';
  const editor = await fixture.connect(nativeDriver, last, roomId, record);
  const all = [...others, editor];

  for (let round = 0; round < MESSAGES_EACH; round += 1) {
    dialogue.beforeRound?.(round);
    for (const [index, { peer }] of all.entries()) {
      peer.say(`${index} says ${round}`, `${roomId} ${index} ${round}`);
    }
    if (dialogue.beforeRound !== undefined) await untilAnswered(all);
  }
  await untilAnswered(all);
  const [first, second] = ids(history, fixture.person(last).userId);
  editor.peer.change('edit_message', first ?? '', `${roomId} edit`, 'better');
  editor.peer.change('delete_message', second ?? '', `${roomId} delete`);
  const saidBefore = begun.filter(({ type }) => type === 'ack').length;
  const head = saidBefore + all.length * MESSAGES_EACH + 2;
  // The editing client first: a polling client would ask too early.
  for (const { peer } of all.toReversed()) await peer.reach(head);
  for (const { held } of all) held.show();
  history.push(await fixture.fetch(roomId, head, last));

  assert.deepEqual(checkHistory(history), []);
  assert.equal(history.filter(({ type }) => type === 'shown').length, all.length);
  for (const { peer } of all) peer.close();
}

function untilAnswered(
  all: readonly { readonly held: { readonly unanswered: number } }[],
): Promise<void> {
  return until(() => all.every(({ held }) => held.unanswered === 0), 'all answers');
}

/** The messages that a user has sent, in order. */
function ids(history: readonly HistoryEntry[], userId: string): string[] {
  return history.flatMap((entry) =>
    entry.type === 'ack' && entry.userId === userId ? [entry.messageId] : [],
  );
}
