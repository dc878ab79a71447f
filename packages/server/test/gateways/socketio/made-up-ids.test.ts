/** A client with a private id that no server has made starts a new session, and the id is not kept. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GatewayHarness, RawClient } from '../../support/gateway-harness.ts';

interface Connected {
  readonly pid: string;
}

describe('private ids', () => {
  let harness: GatewayHarness;
  before(async () => {
    harness = await GatewayHarness.start();
  });
  after(() => harness.close());

  const connect = async (auth: object): Promise<{ client: RawClient; pid: string }> => {
    const client = new RawClient(`${harness.url}/socket.io/?EIO=4&transport=websocket`);
    await client.next('0{');
    client.send(`40${JSON.stringify(auth)}`);
    const text = await client.next('40{');
    return { client, pid: (JSON.parse(text.slice(2)) as Connected).pid };
  };

  test('are accepted only if the server has created them', async () => {
    const token = await harness.tokenOf('alice');
    const { id: userId } = await harness.chat.userOf('alice');
    const { client, pid } = await connect({ token });
    client.send('421["room:join",{"roomId":"lobby"}]');
    const joined = await client.next('"message:history"');
    const offset = (JSON.parse(joined.slice(2)) as [string, object, string])[2];
    client.close();
    await client.end();

    const before = pid.slice(0, pid.indexOf('.'));
    for (const forged of [`x..${userId}`, `${before}x..${userId}`, `${pid}x`, `y${pid}`]) {
      const other = await connect({ token, pid: forged, offset });
      assert.notEqual(other.pid, forged);
      other.client.close();
    }
    const again = await connect({ token, pid, offset });
    assert.equal(again.pid, pid);
    again.client.close();
  });
});
