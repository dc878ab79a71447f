import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS, type CommandEntry } from '../src/commands/commands.ts';

test('every command has a route, except those about a connection, whose entry says why', () => {
  const reasons = Object.entries<CommandEntry>(COMMANDS).flatMap(([name, { http }]) =>
    http.kind === 'none' ? [[name, http.reason]] : [],
  );

  assert.deepEqual(Object.fromEntries(reasons), {
    resume: 'opens rooms on a connection',
    user_typing: 'ends with the connection',
    report_activity: 'is about the client at a connection',
    heartbeat: 'is about a connection',
    ping: 'is about a connection',
  });
});
