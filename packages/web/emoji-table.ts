/**
 * A plugin of the build: the module `virtual:emoji-table` with what the picker needs of the
 * emoji data, which is a fifth of it.
 */
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const NAME = 'virtual:emoji-table';

interface Source {
  readonly unicode: string;
  readonly hexcode: string;
  readonly label: string;
  readonly group?: number;
  readonly tags?: readonly string[];
  readonly skins?: readonly { readonly unicode: string }[];
}

/** Skin tones of one person; combinations of two are left out. */
const TONES = 5;

export function emojiTable(): Plugin {
  return {
    name: 'emoji-table',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? `export default JSON.parse(${quoted()})` : undefined),
  };
}

function quoted(): string {
  const require = createRequire(import.meta.url);
  const sources = require('emojibase-data/en/compact.json') as readonly Source[];
  const codes = require('emojibase-data/en/shortcodes/github.json') as Readonly<
    Record<string, string | readonly string[]>
  >;
  const rows = sources
    .filter(({ group }) => group !== undefined)
    .map(({ unicode, hexcode, label, group, tags = [], skins = [] }) => {
      const names = [codes[hexcode] ?? []].flat();
      const tones = skins.slice(0, TONES).map((skin) => skin.unicode);
      return [unicode, label, group, names.join(' '), tags.join(' '), tones];
    });
  return JSON.stringify(JSON.stringify(rows));
}
