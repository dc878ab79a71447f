/** Guessed passwords, invented accounts, and rows and hashes that rejected attempts cost. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, BEHIND_PROXY } from '../attack.ts';
import type { Target } from '../target.ts';

const WRONG_PASSWORD = 'wrong horse';
const GUESSES = 60;
/** Wrong passwords for one account from one network: ten are allowed, plus some in flight. */
const GUESSES_ALLOWED = 12;
const ATTEMPTS = 2000;
/** For the database with its side files: far less than 2,000 rows with a page each would need. */
const STORE_GROWTH_BYTES_MAX = 512 * 1024;

/** Another address of the same /64. */
const inNetwork = (index: number): Record<string, string> => ({
  'x-forwarded-for': `2001:db8:1:2:${(index + 1).toString(16)}::${((index * 7919) % 65_536).toString(16)}`,
});
const anywhere = (index: number): Record<string, string> => ({
  'x-forwarded-for': `198.51.${index % 250}.${1 + (Math.floor(index / 250) % 250)}`,
});

async function guess(target: Target): Promise<void> {
  let tried = 0;
  for (let start = 0; start < GUESSES; start += 4) {
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        target.post(
          '/login',
          { username: target.victim.username, password: WRONG_PASSWORD },
          { headers: inNetwork(start + index) },
        ),
      ),
    );
    tried += answers.filter(({ status }) => status === 401).length;
  }
  target.expect(
    tried <= GUESSES_ALLOWED,
    `${tried} passwords tried from one /64, allowed ${GUESSES_ALLOWED}`,
  );
}

async function registerFromNetwork(target: Target): Promise<void> {
  let made = 0;
  await target.each(GUESSES, async (index) => {
    const body = { username: `made-${index}`, password: 'correct horse' };
    const { status } = await target.post('/register', body, { headers: inNetwork(index) });
    if (status === 201) made += 1;
  });
  target.expect(made <= 30, `${made} accounts made from one /64, allowed 30`);
}

/** While one address fills the queue, other users log in. */
async function fillHashQueue(target: Target): Promise<void> {
  const attack = target.each(80, (index) =>
    target.repeat(async () => {
      const body = { username: `nobody-${index}`, password: WRONG_PASSWORD };
      const { status } = await target.post('/login', body, {
        headers: { 'x-forwarded-for': '198.51.100.7' },
      });
      if (status === 429 || status === 503) await target.wait(100);
    }),
  );
  await target.wait(300);
  for (let tries = 0; tries < 5 && !target.isOver; tries += 1) {
    const { status } = await target.post(
      '/login',
      { username: target.victim.username, password: 'correct horse' },
      { headers: { 'x-forwarded-for': `203.0.113.${20 + tries}` } },
    );
    if (!target.isOver) target.expect(status === 200, `an honest login was answered ${status}`);
    await target.wait(500);
  }
  target.end();
  await attack;
}

async function fillStore(target: Target): Promise<void> {
  const before = storeBytes(target.directory);
  await target.each(20, async (lane) => {
    for (let index = lane; index < ATTEMPTS && !target.isOver; index += 20) {
      const body = { username: `nobody-${index}`, password: WRONG_PASSWORD };
      await target.post('/login', body, { headers: { 'x-forwarded-for': '198.51.100.7' } });
    }
  });
  const grown = storeBytes(target.directory) - before;
  target.expect(grown <= STORE_GROWTH_BYTES_MAX, `the store has grown by ${grown} bytes`);
}

function storeBytes(directory: string): number {
  return ['parley.db', 'parley.db-wal']
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}

const GUESSING = 'Guessing passwords';

export const ACCOUNT_ATTACKS: readonly Attack[] = [
  {
    name: 'guesses-one-network',
    about: `${GUESSES} passwords for one account, each from another address in one /64`,
    threat: GUESSING,
    server: BEHIND_PROXY,
    durationMs: 20_000,
    run: guess,
  },
  {
    name: 'registrations-one-network',
    about: `${GUESSES} registrations, each from another address of one /64`,
    threat: GUESSING,
    server: BEHIND_PROXY,
    durationMs: 20_000,
    run: registerFromNetwork,
  },
  {
    name: 'full-hash-queue',
    about: '80 logins at a time from one address, while other users log in',
    threat: GUESSING,
    server: BEHIND_PROXY,
    durationMs: 15_000,
    run: fillHashQueue,
  },
  {
    name: 'logins-many-addresses',
    about: 'Logins from 100 addresses at a time',
    threat: GUESSING,
    server: BEHIND_PROXY,
    run: (target) =>
      target.each(100, (index) =>
        target.repeat(async () => {
          const body = { username: `nobody-${index}`, password: WRONG_PASSWORD };
          const { status } = await target.post('/login', body, { headers: anywhere(index) });
          if (status !== 401) await target.wait(100);
        }),
      ),
  },
  {
    name: 'refused-logins-store',
    about: `${ATTEMPTS} logins with invented names from one address`,
    threat: 'Rows made by refused logins',
    server: BEHIND_PROXY,
    durationMs: 30_000,
    run: fillStore,
  },
];
