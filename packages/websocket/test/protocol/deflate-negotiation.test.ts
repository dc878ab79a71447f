import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acceptAnswer,
  type DeflatePolicy,
  negotiateDeflate,
  offerDeflate,
} from '../../src/protocol/deflate-parameters.ts';
import { formatExtension, parseExtensionOffers } from '../../src/protocol/extension-header.ts';

const DEFAULTS: DeflatePolicy = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

function agree(header: string, policy: Partial<DeflatePolicy>) {
  const offers = parseExtensionOffers([header]);
  assert(offers !== undefined, header);
  return negotiateDeflate({ ...DEFAULTS, ...policy }, offers);
}

/** The answer of a server with this policy to the offers; empty without parameters. */
function answer(offers: string, policy: Partial<DeflatePolicy> = {}): string | undefined {
  return agree(offers, policy)?.header.replace(/^permessage-deflate(; )?/, '');
}

/** The result of a client with this policy for an answer. */
function accept(text: string, policy: Partial<DeflatePolicy> = {}) {
  const [read] =
    parseExtensionOffers([`permessage-deflate${text === '' ? '' : `; ${text}`}`]) ?? [];
  assert(read !== undefined, text);
  return acceptAnswer({ ...DEFAULTS, ...policy }, read.parameters);
}

test('a bare offer gets a bare answer', () => {
  assert.equal(agree('permessage-deflate', {})?.header, 'permessage-deflate');
});

test('offers of other extensions are ignored', () => {
  assert.equal(agree('x-stamp, permessage-deflate, x-shrink', {})?.header, 'permessage-deflate');
  assert.equal(agree('x-stamp', {}), undefined);
});

test('parameters that a client requests of the server are confirmed', () => {
  assert.equal(
    answer('permessage-deflate; server_no_context_takeover; server_max_window_bits=10'),
    'server_no_context_takeover; server_max_window_bits=10',
  );
  assert.equal(
    answer('permessage-deflate; server_max_window_bits=15'),
    'server_max_window_bits=15',
  );
  assert.equal(
    answer('permessage-deflate; server_max_window_bits=12', { serverMaxWindowBits: 10 }),
    'server_max_window_bits=10',
  );
});

test('limits that a client declares for itself are accepted', () => {
  assert.equal(
    answer('permessage-deflate; client_no_context_takeover; client_max_window_bits=8'),
    'client_no_context_takeover; client_max_window_bits=8',
  );
  assert.equal(answer('permessage-deflate; client_max_window_bits'), '');
});

test('the server may restrict itself more than requested, or without a request', () => {
  assert.equal(
    answer('permessage-deflate', { serverNoContextTakeover: true, serverMaxWindowBits: 11 }),
    'server_no_context_takeover; server_max_window_bits=11',
  );
  assert.equal(
    answer('permessage-deflate', { clientNoContextTakeover: true }),
    'client_no_context_takeover',
  );
});

test('the window of a client is reduced only if the client has allowed it', () => {
  const policy = { clientMaxWindowBits: 10 };

  assert.equal(answer('permessage-deflate', policy), undefined);
  const bits = 'client_max_window_bits';
  assert.equal(answer(`permessage-deflate; ${bits}`, policy), `${bits}=10`);
  assert.equal(answer(`permessage-deflate; ${bits}=12`, policy), `${bits}=10`);
  assert.equal(answer(`permessage-deflate; ${bits}=9`, policy), `${bits}=9`);
});

test('an offer that cannot be met is declined, and the next one is checked', () => {
  assert.equal(answer('permessage-deflate; server_max_window_bits=8'), undefined);
  assert.equal(answer('permessage-deflate; mode=fast'), undefined);
  assert.equal(
    answer(
      'permessage-deflate; server_max_window_bits=8, permessage-deflate; client_max_window_bits=99, ' +
        'permessage-deflate; server_no_context_takeover=1, permessage-deflate; server_max_window_bits=9, ' +
        'permessage-deflate',
    ),
    'server_max_window_bits=9',
  );
});

test('the parameters of a server are those of its own answer', () => {
  const agreement = agree(
    'permessage-deflate; server_max_window_bits=10; client_no_context_takeover',
    {},
  );

  assert.deepEqual(agreement?.options, {
    inbound: { windowBits: 15, isKept: false },
    outbound: { windowBits: 10, isKept: true },
  });
});

test('a client offers its parameters, and allows a limit on its window', () => {
  assert.equal(
    formatExtension(offerDeflate(DEFAULTS)),
    'permessage-deflate; client_max_window_bits',
  );
  assert.equal(
    formatExtension(
      offerDeflate({
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 10,
        clientMaxWindowBits: 12,
      }),
    ),
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover; ' +
      'server_max_window_bits=10; client_max_window_bits=12',
  );
});

test('a client accepts an answer within its offer', () => {
  assert.deepEqual(accept(''), {
    inbound: { windowBits: 15, isKept: true },
    outbound: { windowBits: 15, isKept: true },
  });
  assert.deepEqual(
    accept('server_no_context_takeover; client_max_window_bits=8; server_max_window_bits=9'),
    { inbound: { windowBits: 9, isKept: false }, outbound: { windowBits: 8, isKept: true } },
  );
  assert.deepEqual(
    accept('', { clientNoContextTakeover: true, clientMaxWindowBits: 12 })?.outbound,
    {
      windowBits: 12,
      isKept: false,
    },
  );
});

test('a client rejects an answer that its offer does not allow', () => {
  assert.equal(accept('', { serverNoContextTakeover: true }), undefined);
  assert.equal(accept('', { serverMaxWindowBits: 10 }), undefined);
  assert.equal(accept('server_max_window_bits=11', { serverMaxWindowBits: 10 }), undefined);
  assert.equal(accept('client_max_window_bits'), undefined);
  assert.equal(accept('client_max_window_bits=13', { clientMaxWindowBits: 12 }), undefined);
  assert.equal(accept('server_max_window_bits'), undefined);
  assert.equal(accept('mode=fast'), undefined);
  assert.equal(accept('client_no_context_takeover; client_no_context_takeover'), undefined);
});

test('our client accepts every answer of our server to its offers', () => {
  const flags = [false, true];
  const bits = [9, 12, 15];
  const policies = flags.flatMap((serverNoContextTakeover) =>
    flags.flatMap((clientNoContextTakeover) =>
      bits.flatMap((serverMaxWindowBits) =>
        bits.map((clientMaxWindowBits) => ({
          serverNoContextTakeover,
          clientNoContextTakeover,
          serverMaxWindowBits,
          clientMaxWindowBits,
        })),
      ),
    ),
  );

  for (const client of policies) {
    for (const server of policies) {
      const agreement = negotiateDeflate(server, [offerDeflate(client)]);
      assert(agreement !== undefined);
      const [answered] = parseExtensionOffers([agreement.header]) ?? [];
      const theirs = acceptAnswer(client, answered?.parameters ?? []);
      const { inbound, outbound } = agreement.options;
      assert.deepEqual(theirs, { inbound: outbound, outbound: inbound });
    }
  }
});
