import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalAddress } from '../../../src/domain/primitives/email-address.ts';

test('an e-mail address has one form, or is none', () => {
  const forms: Readonly<Record<string, string | undefined>> = {
    ' Nina.Smith+chat@Example.ORG ': 'Nina.Smith+chat@example.org',
    'x@\uff45vil.example': 'x@evil.example',
    'x@m\u00fcnchen.example': 'x@xn--mnchen-3ya.example',
    'x@XN--MNCHEN-3YA.example': 'x@xn--mnchen-3ya.example',
    'x@sub.example.xn--p1ai': 'x@sub.example.xn--p1ai',
    'jose\u0301@example.org': 'jos\u00e9@example.org',
    'x@ev\u00adil.example': undefined,
    'x@evil\u200b.example': undefined,
    'x\u200b@evil.example': undefined,
    'x\u00ad@evil.example': undefined,
    'x\ufe0f@evil.example': undefined,
    '\u202ex@evil.example': undefined,
    'x\u3164@evil.example': undefined,
    'x\u2800@evil.example': undefined,
    '\uff58@evil.example': undefined,
    'x@evil.example.': undefined,
    'x@-evil-.1': undefined,
    'x@127.0.0.1': undefined,
    'x@0x7f.1': undefined,
    'x@evil.example:25': undefined,
    'x@evil.example/y.z': undefined,
    'x@%65vil.example': undefined,
    'x@[::1].example': undefined,
    'a@b@evil\uff20c.example': undefined,
    nina: undefined,
    [`x@${'a'.repeat(60)}.${'b'.repeat(250)}`]: undefined,
  };
  for (const [written, form] of Object.entries(forms)) {
    assert.equal(canonicalAddress(written), form, written);
  }
});
