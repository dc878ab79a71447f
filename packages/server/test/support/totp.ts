/** An authenticator app (RFC 6238), written apart from the server. */
import { createHmac } from 'node:crypto';

const STEP_SECONDS = 30;

/** The code that the app shows at this time. @param secret In Base32. */
export function totpCode(secret: string, nowMs: number): string {
  const bits = [...secret]
    .map((character) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character))
    .map((value) => value.toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const counter = Buffer.from(
    Math.floor(nowMs / 1000 / STEP_SECONDS)
      .toString(16)
      .padStart(16, '0'),
    'hex',
  );
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) % 16;
  const number = digest.readUInt32BE(offset) % 2 ** 31;
  return String(number).slice(-6).padStart(6, '0');
}
