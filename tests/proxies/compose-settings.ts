/** The settings that `ops/compose.yaml` gives the nodes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OPS = join(import.meta.dirname, '../../ops');
/** Settings that name containers, files in them and their network. */
const OF_CONTAINERS = [
  'HOST',
  'PORT',
  'DATA_DIR',
  'FILES_DIR',
  'DATABASE_URL',
  'REDIS_URL',
  'CASSANDRA_URL',
  'TRUST_PROXY',
];

/** The environment of the nodes, with a text in place of each variable of `.env`. */
export function nodeEnvironment(): Record<string, string> {
  const text = readFileSync(join(OPS, 'compose.yaml'), 'utf8');
  const [, block = ''] = /\n {2}environment: &settings\n((?: {4}.*\n)+)/.exec(text) ?? [];
  const pairs = [...block.matchAll(/^ {4}(\w+): (.*)$/gm)].map(([, name = '', value = '']) => {
    const filled = value
      // biome-ignore lint/suspicious/noTemplateCurlyInString: A variable of the compose file.
      .replaceAll('${PARLEY_HOST:?}', 'chat.example.org')
      .replaceAll(/\$\{(\w+):\?\}/g, (_all, variable: string) => variable.padEnd(32, 'x'));
    return [name, filled.replace(/^"(.*)"$/, '$1')] as const;
  });
  return Object.fromEntries(pairs);
}

/** Those settings for nodes on this machine, where users register themselves. */
export function nodeSettings(): Record<string, string> {
  const own = Object.entries(nodeEnvironment()).filter(([name]) => !OF_CONTAINERS.includes(name));
  return { ...Object.fromEntries(own), TRUST_PROXY: '127.0.0.1', REGISTRATION: 'open' };
}
