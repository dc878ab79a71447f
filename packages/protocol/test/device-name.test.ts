import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceName, knownDeviceName } from '../src/device-name.ts';

const MOZILLA = 'Mozilla/5.0';
const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

const NAMES: Readonly<Record<string, string>> = {
  [`${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`]: 'Firefox on Linux',
  [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`]:
    'Chrome on Windows',
  [`${MOZILLA} (Windows NT 10.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`]:
    'Edge on Windows',
  [`${MOZILLA} (Linux; Android 15; Pixel 9) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`]:
    'Chrome on Android',
  [`${MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1`]:
    'Safari on iPhone',
  [`${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15`]:
    'Safari on macOS',
  'my-bot/2.1': 'my-bot/2.1',
  [`bot ${'x'.repeat(500)}`]: `bot ${'x'.repeat(56)}`,
  '': '',
};

for (const [userAgent, name] of Object.entries(NAMES)) {
  test(`names the device "${name}"`, () => {
    assert.equal(deviceName(userAgent), name);
  });
}

test('knows only browsers, whose names are no free text', () => {
  const firefox = `${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`;
  assert.equal(knownDeviceName(firefox), 'Firefox on Linux');
  assert.equal(knownDeviceName('Call 555-0100 now'), undefined);
});
