/** Runs tables of conversations against our server and against `ws`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestChange } from '../../support/raw-peer.ts';
import { converse } from './converse.ts';
import { againstTargets, type TargetSettings } from './targets.ts';

export type FrameCase = readonly [
  title: string,
  /** The section of RFC 6455, unless another RFC is named. */
  source: string,
  /** Sent after the upgrade; each element of a list is sent in a separate segment. */
  sent: Uint8Array | readonly Uint8Array[],
  /** The complete answer of the server, see `converse`. */
  says: readonly string[],
  /** The answer of `ws`, if it is less strict. */
  wsSays?: readonly string[],
];

interface FrameCaseSettings extends TargetSettings {
  readonly request?: RequestChange;
}

export function runFrameCases(
  cases: readonly FrameCase[],
  { request, ...settings }: FrameCaseSettings = {},
): void {
  againstTargets(settings, (name, target) => {
    for (const [title, source, sent, says, wsSays] of cases) {
      assert.notDeepEqual(says, wsSays, `${title}: ws says the same`);
      test(`${name}: ${title} (${source})`, async () => {
        const expected = (name === 'ws' ? wsSays : undefined) ?? says;
        const segments = sent instanceof Uint8Array ? [sent] : sent;

        const said = await converse(target(), {
          segments,
          expected,
          ...(request === undefined ? {} : { request }),
        });

        assert.deepEqual(said.lines, expected);
      });
    }
  });
}

/** Single bytes. */
export function byByte(data: Uint8Array): Uint8Array[] {
  return Array.from(data, (byte) => Uint8Array.of(byte));
}

export function join(...frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(frames);
}
