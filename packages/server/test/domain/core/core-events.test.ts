/** Features listen to the core in a fixed order, which this test prints. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryNetwork } from '../../../src/bus/memory/network.ts';
import { EventHub } from '../../../src/domain/core/event-hub.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeModel } from '../../support/fake-model.ts';

describe('the events of the core', () => {
  test('have these listeners, in this order, on a node of a cluster', (t) => {
    const clock = new FakeClock();
    const { chat } = new ChatHarness({
      clock,
      bus: new MemoryNetwork({ clock }).connect('one'),
      linkFetcher: { fetch: async () => undefined, close: async () => {} },
      assistant: { model: new FakeModel(), mention: '@ai', firstPieceMs: 1000 },
    });

    const { owners } = chat.events;

    for (const [event, all] of Object.entries(owners)) t.diagnostic(`${event}: ${all.join(', ')}`);
    assert.deepEqual(owners, {
      beginning: [
        ...['sessions', 'cluster', 'commits', 'profiles', 'empty-rooms', 'assistant'],
        ...['stray memberships', 'session reaper', 'retention', 'presence'],
        ...[
          'suspensions',
          'files',
          'unfinished files',
          'thumbnails',
          'custom emoji',
          'user groups',
          'message rules',
          'operator acts',
          'workspaces',
          'search',
          'reminders',
        ],
        ...['threads', 'scheduled', 'previews', 'audit', 'reports', 'removals'],
      ],
      connected: ['sessions', 'accounts'],
      membershipsListed: ['memberships'],
      welcomed: ['heads'],
      disconnected: ['rooms', 'presence', 'typing', 'sessions'],
      visibilityChanged: ['typing', 'rooms'],
      stored: [
        ...[
          'heads',
          'unread',
          'conversations',
          'presence',
          'member totals',
          'search',
          'threads',
          'link previews',
          'assistant',
        ],
      ],
      received: ['presence', 'member totals'],
      memberAdded: ['member totals', 'join waves'],
      archived: ['typing'],
      reportsChanged: ['reports'],
      headMoved: ['unread', 'conversations'],
      participantChanged: ['rooms'],
      roomFound: ['memberships'],
      revoked: ['tokens', 'sessions', 'accounts'],
      renamed: ['presence'],
      userSubscribed: ['memberships'],
      closing: [
        ...[
          'suspensions',
          'accounts',
          'presence',
          'files',
          'unfinished files',
          'thumbnails',
          'custom emoji',
          'user groups',
          'message rules',
          'retention',
        ],
        ...['rooms', 'workspaces'],
        ...['search', 'reminders', 'threads', 'scheduled', 'link previews', 'previews', 'audit'],
        ...['reports', 'removals', 'assistant', 'cluster'],
      ],
      closed: ['sessions'],
    });
  });
});

describe('an event hub', () => {
  test('calls the owners that its order names first, then the others as they have registered', () => {
    const hub = new EventHub<{ moved: [to: number] }>({ moved: ['first', 'second'] });
    const calls: string[] = [];
    for (const owner of ['late', 'second', 'later', 'first']) {
      hub.on('moved', owner, (to) => calls.push(`${owner} ${to}`));
    }

    hub.emit('moved', 7);

    assert.deepEqual(calls, ['first 7', 'second 7', 'late 7', 'later 7']);
    assert.deepEqual(hub.owners, { moved: ['first', 'second', 'late', 'later'] });
  });

  test('waits for each listener before the next if asked to', async () => {
    const hub = new EventHub<{ beginning: [] }>();
    const calls: string[] = [];
    hub.on('beginning', 'slow', async () => {
      await Promise.resolve();
      calls.push('slow');
    });
    hub.on('beginning', 'fast', () => calls.push('fast'));

    await hub.emitInTurn('beginning');

    assert.deepEqual(calls, ['slow', 'fast']);
  });
});
