/** Peers that disappear without a close are detected, logged, and removed from rooms and presence. */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { Account } from '../../support/account.ts';
import { endAll, started } from '../../support/parley-command.ts';
import { SocketIoClient, tokenOf } from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly connectionId?: string;
  readonly socketId?: string;
  readonly reason?: string;
  readonly transport?: string;
  readonly username?: string;
  readonly lastActivityAt?: string;
  readonly silentMs?: number;
}

function assertSilence({ lastActivityAt, silentMs }: LogLine): void {
  assert.equal(new Date(lastActivityAt ?? 0).toISOString(), lastActivityAt);
  assert.ok(silentMs !== undefined && silentMs >= 1000 && silentMs < 60_000, String(silentMs));
}

describe('a Socket.IO peer that answers no ping', () => {
  let url: string;
  const log: LogLine[] = [];
  before(async () => {
    const server = await started({
      LOG_LEVEL: 'info',
      SOCKETIO_PING_INTERVAL_MS: '2000',
      SOCKETIO_PING_TIMEOUT_MS: '2000',
      PRESENCE_GRACE_MS: '0',
    });
    url = server.url.replace('localhost', '127.0.0.1');
    assert(server.child.stdout);
    createInterface(server.child.stdout).on('line', (line) => log.push(JSON.parse(line)));
  });
  after(endAll);

  const newToken = async (username: string) => tokenOf(await Account.signUp(url, username));
  const connectAlice = async (): Promise<SocketIoClient> => {
    const auth = { token: await newToken('alice') };
    const alice = new SocketIoClient({ url }, { auth });
    await alice.open();
    await alice.joinRoom('lobby');
    return alice;
  };

  /** Its log entry comes before that of the close, and names the user. */
  const assertDead = (username: string, transport: string) => {
    const ofDeath = log.findIndex(
      (line) => line.event === 'connection.dead' && line.username === username,
    );
    const ofEnd = log.findIndex(
      (line) => line.event === 'connection.closed' && line.username === username,
    );
    const [dead, end] = [log[ofDeath], log[ofEnd]];
    assert.ok(dead?.socketId && ofDeath < ofEnd);
    assert.deepEqual(
      [dead.level, dead.connectionId, dead.socketId, dead.transport],
      ['info', end?.connectionId, end?.socketId, transport],
    );
    assertSilence(dead);
  };

  test('over a WebSocket is reported to the room as gone, and logged as dead', async () => {
    const alice = await connectAlice();
    const token = await newToken('bob');
    const bob = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    bob.on('message', (data) => {
      // It sends packets, but never answers a ping.
      const packet = data.toString();
      if (packet.startsWith('0')) bob.send(`40${JSON.stringify({ token })}`);
      if (packet.startsWith('40')) bob.send('42["room:join",{"roomId":"lobby"}]');
    });
    await alice.next('room:user_joined');

    const left = await alice.next<{ username: string }>('room:user_left');

    assert.equal(left.username, 'bob');
    await until(
      () => log.some(({ event, username }) => event === 'connection.closed' && username === 'bob'),
      'the log entry of the close',
    );
    const end = log.find(
      ({ event, username }) => event === 'connection.closed' && username === 'bob',
    );
    assert.deepEqual([end?.reason, end?.transport], ['ping timeout', 'websocket']);
    assertDead('bob', 'websocket');
    await until(
      () => alice.all<{ status: string }>('presence:update').at(-1)?.status === 'offline',
      'the offline presence',
    );
    assert.equal(alice.socket.connected, true);
    alice.close();
  });

  test('over polling is reported to the room as gone, and logged as dead', async () => {
    const alice = await connectAlice();
    const token = await newToken('carol');
    const base = `${url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1)) as { sid: string };
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };
    const send = (body: string) => fetch(`${base}&sid=${sid}`, { method: 'POST', headers, body });
    await send(`40${JSON.stringify({ token })}`);
    await (await fetch(`${base}&sid=${sid}`)).text(); // It is connected; this is the last that it takes.
    await send('42["room:join",{"roomId":"lobby"}]');
    await alice.next('room:user_joined');

    const left = await alice.next<{ username: string }>('room:user_left');

    assert.equal(left.username, 'carol');
    await until(
      () =>
        log.some(({ event, username }) => event === 'connection.closed' && username === 'carol'),
      'the log entry of the close',
    );
    const end = log.find(
      ({ event, username }) => event === 'connection.closed' && username === 'carol',
    );
    assert.deepEqual([end?.reason, end?.transport], ['ping timeout', 'polling']);
    assertDead('carol', 'polling');
    assert.equal((await send('3')).status, 400); // Its session has ended.
    alice.close();
  });
});
