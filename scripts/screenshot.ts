/** `npm run screenshot`: takes the screenshot of the README from the running product. */
import { join } from 'node:path';
import { temporaryDirectory } from '../packages/server/test/support/temporary-directory.ts';
import { MOUSE, Person } from '../tests/browser/person.ts';
import { openProfile, type Profile } from '../tests/support/browser.ts';
import { ParleyProcess } from '../tests/support/parley-process.ts';
import { readArguments } from './arguments.ts';
import { prepareForTests } from './setup/test-machine.ts';
import { root } from './steps.ts';

const FILE = join(root, 'docs/screenshot.png');
const VIEWPORT = { width: 1200, height: 720 };

const TALK: readonly (readonly [who: 'alice' | 'bob' | 'carol', text: string])[] = [
  ['alice', 'Morning. The new build is on staging.'],
  ['bob', 'Thanks. I will run the crash tests on it.'],
  ['bob', 'kill -9 in the middle of traffic, fifty times.'],
  ['carol', 'And?'],
  ['bob', 'Nothing lost. Every message is there once, in order, on both sides.'],
  ['alice', 'Then let us ship it.'],
];

readArguments({
  name: 'screenshot',
  about:
    'Takes the screenshot of the README from the running product, and writes docs/screenshot.png.',
});
Object.assign(process.env, await prepareForTests());
const server = await ParleyProcess.start({ PORT: '0', DATA_DIR: temporaryDirectory() });
const profiles: Profile[] = [];
try {
  const people = new Map<string, Person>();
  for (const name of ['alice', 'bob', 'carol']) {
    const profile = await openProfile({ viewport: VIEWPORT, deviceScaleFactor: 2 });
    profiles.push(profile);
    const person = new Person(profile.page, name, MOUSE);
    people.set(name, person);
    await person.register(server.url);
    for (const room of ['ops', 'random', 'lobby']) await person.join(room);
  }
  for (const [name, text] of TALK) {
    await people.get(name)?.say(text);
    await people.get('alice')?.sees(text);
  }
  const alice = people.get('alice');
  await alice?.press(/^Members/);
  await people.get('carol')?.composer.pressSequentially('Yes');
  await alice?.page.getByText('carol is typing').waitFor();
  await alice?.page.screenshot({ path: FILE });
  console.log(`wrote ${FILE}`);
} finally {
  for (const profile of profiles) await profile.close();
  await server.stop();
}
