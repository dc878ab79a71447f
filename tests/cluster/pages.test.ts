/** The web client at nodes behind a proxy: the checker judges what its pages show. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { ClusterProxy } from '../../scripts/cluster/proxy.ts';
import { MOUSE, Person } from '../browser/person.ts';
import { checkHistory } from '../checker/check.ts';
import type { HeldMessage, HistoryEntry } from '../checker/history.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import type { ParleyProcess } from '../support/parley-process.ts';
import { repetitions } from '../support/repetitions.ts';
import { TestCluster } from './test-cluster.ts';

/** As many users as nodes. */
const NAMES = ['alice', 'bob', 'carol'].slice(0, repetitions(2, 3));
/** Messages of each user in each part of the test: all of them fit on the screen. */
const MESSAGES = 5;

const skip = browserSkip() || redisSkip() || postgresSkip();

describe('the page at a cluster', { skip }, () => {
  let cluster: TestCluster;
  let proxy: ClusterProxy;
  let profiles: readonly Profile[];
  let people: readonly Person[];

  before(async () => {
    cluster = await TestCluster.start(NAMES.length, { TRUST_PROXY: '127.0.0.1' });
    proxy = await ClusterProxy.start(cluster.nodes.map(({ url }) => url));
    const viewport = { width: 900, height: 2_400 };
    profiles = await Promise.all(NAMES.map(() => openProfile({ viewport })));
    people = profiles.map(({ page }, index) => new Person(page, NAMES[index] ?? '', MOUSE));
    await Promise.all(people.map((person) => person.openWithAccount(proxy.url)));
    for (const person of people) await person.join('lobby');
  });
  after(async () => {
    await Promise.all(profiles?.map((profile) => profile.close()) ?? []);
    await proxy?.close();
    await cluster?.close();
  });

  const textsOf = (part: string): string[] =>
    NAMES.flatMap((name) => Array.from({ length: MESSAGES }, (_, n) => `${name} ${part} ${n}`));

  async function talk(part: string): Promise<void> {
    await Promise.all(
      people.map(async (person) => {
        for (let n = 0; n < MESSAGES; n += 1) await person.say(`${person.name} ${part} ${n}`);
      }),
    );
  }

  async function busiestNode(): Promise<ParleyProcess> {
    const nodes = await Promise.all(
      cluster.nodes.map(async (node) => {
        const answer = await fetch(`${node.url}/health`);
        const { connections } = (await answer.json()) as { connections: { total: number } };
        return { node, total: connections.total };
      }),
    );
    const [busiest] = nodes.sort((a, b) => b.total - a.total);
    assert(busiest !== undefined && busiest.total > 0);
    return busiest.node;
  }

  async function allSee(texts: readonly string[]): Promise<void> {
    for (const person of people) for (const text of texts) await person.sees(text);
  }

  /** Nothing acknowledged is lost, nothing is shown twice, and all pages have one order. */
  async function judge(): Promise<void> {
    const users = new Map<string, Account>();
    for (const name of NAMES) users.set(name, await Account.logIn(proxy.url, name));
    const senderOf = (text: string): string =>
      users.get(text.split(' ', 1)[0] ?? '')?.userId ?? 'nobody';
    const reader = await users.get('alice')?.connect();
    assert(reader !== undefined);
    const stored = await reader.joinRoom({ roomName: 'lobby' });
    reader.terminate();
    const { roomId, headSequence } = stored;
    const messages = stored.history.map(
      ({ id, sequence, userId, content }): HeldMessage => ({ id, sequence, userId, content }),
    );
    const history: HistoryEntry[] = [{ atMs: 0, type: 'fetched', roomId, headSequence, messages }];
    for (const person of people) {
      const userId = senderOf(person.name);
      const place = { atMs: 0, connection: person.name, userId, roomId };
      const held = (await person.shown()).map(
        ({ id, sequence, text }): HeldMessage => ({
          ...{ id, sequence: Number(sequence), userId: senderOf(text), content: text },
        }),
      );
      // The page shows a message as sent after its acknowledgement. Each text is used once.
      for (const { id: messageId, sequence, content } of held) {
        if (senderOf(content) !== userId) continue;
        const command = { ...place, clientMessageId: content };
        history.push({ ...command, type: 'send', kind: 'message', content });
        history.push({ ...command, type: 'ack', messageId, sequence, duplicate: false });
      }
      history.push({ ...place, type: 'shown', headSequence, messages: held });
    }
    assert.deepEqual(checkHistory(history), []);
  }

  test('shows the messages of all nodes in one order', async () => {
    await talk('together');
    await allSee(textsOf('together'));
    await judge();
  });

  test('loses and repeats nothing when a node is killed while everybody writes', async () => {
    const talking = talk('later');
    await (await busiestNode()).kill();
    await talking;
    await allSee([...textsOf('together'), ...textsOf('later')]);
    await judge();
    const orders = await Promise.all(
      people.map(async (person) => (await person.shown()).map(({ id }) => id)),
    );
    for (const order of orders) assert.deepEqual(order, orders[0]);
  });
});
