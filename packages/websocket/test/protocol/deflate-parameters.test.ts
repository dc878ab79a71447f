import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readDeflateParameters,
  toDeflateOptions,
  writeDeflateParameters,
} from '../../src/protocol/deflate-parameters.ts';
import { parseExtensionOffers } from '../../src/protocol/extension-header.ts';

/** Parses `name=value; name` as it follows `permessage-deflate;`. */
function read(text: string) {
  const offers = parseExtensionOffers([`permessage-deflate${text === '' ? '' : `; ${text}`}`]);
  assert(offers?.[0] !== undefined, text);
  return readDeflateParameters(offers[0].parameters);
}

test('each parameter is parsed by its name, in any order', () => {
  assert.deepEqual(read(''), {});
  assert.deepEqual(read('server_no_context_takeover'), {
    serverNoContextTakeover: true,
  });
  assert.deepEqual(read('client_max_window_bits; client_no_context_takeover'), {
    clientNoContextTakeover: true,
    clientMaxWindowBits: true,
  });
  assert.deepEqual(read('client_max_window_bits=9; server_max_window_bits="15"'), {
    clientMaxWindowBits: 9,
    serverMaxWindowBits: 15,
  });
});

test('window bits from 8 to 15 are accepted only as plain decimals', () => {
  for (let bits = 8; bits <= 15; bits += 1) {
    assert.equal(read(`server_max_window_bits=${bits}`)?.serverMaxWindowBits, bits);
    assert.equal(read(`client_max_window_bits=${bits}`)?.clientMaxWindowBits, bits);
  }
  for (const bits of ['7', '16', '0', '010', '08', '1e1', '0xa', '-9', '+9', '9.0', '115', 'a']) {
    assert.equal(read(`server_max_window_bits=${bits}`), undefined, bits);
    assert.equal(read(`client_max_window_bits=${bits}`), undefined, bits);
  }
});

test('a missing or unexpected value makes all parameters invalid', () => {
  assert.equal(read('server_max_window_bits'), undefined);
  assert.equal(read('server_no_context_takeover=true'), undefined);
  assert.equal(read('client_no_context_takeover=1'), undefined);
});

test('an unknown or repeated parameter makes all parameters invalid', () => {
  assert.equal(read('server_no_context_takeover; mode=fast'), undefined);
  assert.equal(read('Server_No_Context_Takeover'), undefined);
  assert.equal(read('client_max_window_bits; client_max_window_bits'), undefined);
  assert.equal(read('server_max_window_bits=9; server_max_window_bits=10'), undefined);
});

test('written parameters are parsed to the same values', () => {
  for (const clientMaxWindowBits of [undefined, true, 8, 15] as const) {
    for (const serverMaxWindowBits of [undefined, 8, 15]) {
      for (const flags of [{ serverNoContextTakeover: true }, { clientNoContextTakeover: true }]) {
        const parameters = {
          ...flags,
          ...(serverMaxWindowBits !== undefined && { serverMaxWindowBits }),
          ...(clientMaxWindowBits !== undefined && { clientMaxWindowBits }),
        };
        assert.deepEqual(readDeflateParameters(writeDeflateParameters(parameters)), parameters);
      }
    }
  }
});

test('the outbound parameters of one end are the inbound ones of the other', () => {
  const answer = { serverNoContextTakeover: true, clientMaxWindowBits: 10 };
  const ofServer = { windowBits: 15, isKept: false };
  const ofClient = { windowBits: 10, isKept: true };

  assert.deepEqual(toDeflateOptions(answer, 'server'), { inbound: ofClient, outbound: ofServer });
  assert.deepEqual(toDeflateOptions(answer, 'client'), { inbound: ofServer, outbound: ofClient });
});
