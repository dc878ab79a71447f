/** Runs tables of upgrade requests against our server and against `ws`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, ping } from '../../support/bytes.ts';
import { ACCEPT, type HttpAnswer, RawPeer } from '../../support/raw-peer.ts';
import { chosenTls } from '../../support/transport.ts';
import { againstTargets, type TargetSettings } from './targets.ts';

/**
 * A status, or a status and headers: `undefined` for a header that must
 * be absent. After a 101, frames must work.
 */
export type ExpectedAnswer = number | readonly [status: number, headers: ExpectedHeaders];

type ExpectedHeaders = Readonly<Record<string, string | undefined>>;

export type HandshakeCase = readonly [
  title: string,
  /** The section of RFC 6455, unless it names another RFC. */
  source: string,
  /** The whole request; each element of a list is sent in a separate segment. */
  request: string | readonly string[],
  answer: ExpectedAnswer,
  /** The answer of `ws`, if it is less strict. */
  wsAnswer?: ExpectedAnswer,
];

export function runHandshakeCases(
  cases: readonly HandshakeCase[],
  settings: TargetSettings = {},
): void {
  againstTargets(settings, (name, target) => {
    for (const [title, source, request, answer, wsAnswer] of cases) {
      assert.notDeepEqual(answer, wsAnswer, `${title}: ws answers the same`);
      test(`${name}: ${title} (${source})`, async (t) => {
        const [status, headers] = withHeaders((name === 'ws' ? wsAnswer : undefined) ?? answer);
        const peer = new RawPeer(target().port, { isTls: chosenTls() !== undefined });
        t.after(() => peer.destroy());
        for (const segment of [request].flat()) {
          await new Promise<void>((sent) => peer.socket.write(segment, () => setImmediate(sent)));
        }

        const found = await peer.nextAnswer();

        assert.equal(found.status, status, found.body);
        assertHeaders(found, headers);
        if (status === 101) await assertFramesWork(peer, found);
        else if (found.headers.get('connection') !== 'keep-alive') await assertOver(peer);
      });
    }
  });
}

function withHeaders(answer: ExpectedAnswer): readonly [number, ExpectedHeaders] {
  return typeof answer === 'number' ? [answer, {}] : answer;
}

function assertHeaders(answer: HttpAnswer, expected: ExpectedHeaders): void {
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(answer.headers.get(name.toLowerCase()), value, name);
  }
}

async function assertFramesWork(peer: RawPeer, answer: HttpAnswer): Promise<void> {
  assert.equal(answer.headers.get('upgrade')?.toLowerCase(), 'websocket');
  assert.equal(answer.headers.get('connection')?.toLowerCase(), 'upgrade');
  assert.equal(answer.headers.get('sec-websocket-accept'), ACCEPT);
  assert.equal(answer.headers.has('content-length'), false, 'a 101 has no body');
  // Control frames are never compressed.
  peer.send(Buffer.concat([ping('a'), close(1000)]));
  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.from('a') });
  assert.equal(await peer.nextCloseCode(), 1000);
}

/** The server ends TCP in order, and sends nothing after its answer. */
async function assertOver(peer: RawPeer): Promise<void> {
  peer.socket.end();
  await peer.end();
  assert.equal(peer.error, undefined);
  assert.equal(peer.isSilent, true, 'nothing follows the answer');
}
