/** Admission at `/ws/chat` and `/messagepal`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';

for (const path of ['/ws/chat', '/messagepal']) {
  describe(`admission to ${path}`, () => {
    let server: TestServer;
    let cookie: string;
    let token: string;
    before(async () => {
      server = await TestServer.start();
      ({ cookie, token } = await server.signUp('mallory'));
    });
    after(() => server.close());

    const turnAway = async (headers: Record<string, string>, query = ''): Promise<void> => {
      const stranger = new FlatClient(server, path + query, { headers });
      assert.equal(await stranger.end(), 4001);
      assert.deepEqual(await stranger.closed, { code: 4001, reason: 'Unauthorized' });
      assert.deepEqual(stranger.frames, []);
    };

    test('rejects a forged cookie, and no cookie', async () => {
      const [id, signature = ''] = cookie.split('.');
      const forged = [`${id}.x${signature.slice(1)}`, `${id}.`, `${id}`, 'connect.sid=s%3Ax.y', ''];
      for (const value of forged) await turnAway({ cookie: value });
      await turnAway({});
    });

    test('rejects a forged token, and accepts a valid one', async () => {
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ sub: 'mallory' })}.`;
      for (const forged of [`x${token}`, token.slice(0, -1), unsigned]) {
        await turnAway({ authorization: `Bearer ${forged}` });
        await turnAway({}, `?token=${encodeURIComponent(forged)}`);
      }
      const client = new FlatClient(server, path, {
        headers: { authorization: `Bearer ${token}` },
      });
      await client.next('connected');
      client.close();
    });

    test('selects the subprotocol next to a token, valid or not', async () => {
      const comeWith = (...protocols: string[]) => new FlatClient(server, path, { protocols });

      const client = comeWith('parley', `parley.token.${token}`);
      await client.next('connected');
      assert.equal(client.protocol, 'parley');
      client.close();

      for (const offer of [['parley', 'parley.token.x'], ['parley']]) {
        const stranger = comeWith(...offer);
        assert.equal(await stranger.status, 101);
        assert.equal(stranger.protocol, 'parley');
        assert.deepEqual(await stranger.closed, { code: 4001, reason: 'Unauthorized' });
        assert.deepEqual(stranger.frames, []);
      }
    });

    test('selects no subprotocol if none is offered', async () => {
      const client = new FlatClient(server, path, { headers: { cookie } });
      await client.next('connected');
      assert.equal(client.protocol, '');
      client.close();
    });

    test('rejects a foreign page over HTTP', async () => {
      const origins = ['https://evil.example.org', 'null', `http://${server.host}.evil.org`];
      for (const origin of origins) {
        const foreign = new FlatClient(server, path, { headers: { cookie, origin } });
        assert.equal(await foreign.status, 403);
      }
    });
  });
}
