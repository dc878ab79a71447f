/** Joins and leaves in the timeline: one quiet line between the messages, live and after a reload. */
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { Pair } from './pair.ts';

describe('joins and leaves', { skip: browserSkip() }, () => {
  let pair: Pair;

  before(async () => {
    pair = await Pair.open();
  });
  after(() => pair?.close());

  test('are one line between the messages, live and after a reload', async () => {
    const { alice, bob, url } = pair;
    await alice.join('lobby');
    await alice.say('before');
    await alice.sees('before');
    const log = alice.logOf('lobby');
    await bob.join('lobby');
    await log.getByText('bob joined', { exact: true }).waitFor();
    const carol = await (await Account.signUp(url, 'carol')).connect();
    await carol.ask('set_display_name', { displayName: 'Carol Sánchez' });
    const { roomId } = await carol.joinRoom({ roomName: 'lobby' });
    await log.getByText('bob and Carol Sánchez joined', { exact: true }).waitFor();

    await alice.say('between');
    await alice.sees('between');
    await carol.ask('leave_room', { roomId, membership: true }, 'room_left');
    await log.getByText('Carol Sánchez left', { exact: true }).waitFor();
    await expectAccessibleAgain(alice.page);
    const expected = ['before', 'bob and Carol Sánchez joined', 'between', 'Carol Sánchez left'];
    await inThisOrder(expected);

    await alice.page.reload();
    await log.getByText('Carol Sánchez left', { exact: true }).waitFor();
    await inThisOrder(expected);
    // Opening a room again is no change of the membership.
    await bob.page.reload();
    await bob.sees('between');
    await bob.say('after');
    await alice.sees('after');
    await inThisOrder([...expected, 'after']);
    carol.close(1000);
    await carol.closed;

    /** Waits until the log has these texts in this order, each once. */
    async function inThisOrder(texts: readonly string[]): Promise<void> {
      await alice.page.waitForFunction((wanted) => {
        const shown = document.querySelector('[role="log"]')?.textContent ?? '';
        const places = wanted.map((text) => shown.indexOf(text));
        const isOnce = wanted.every((text) => shown.split(text).length === 2);
        return isOnce && places.every((place, index) => place > (places[index - 1] ?? -1));
      }, texts);
    }
  });
});
