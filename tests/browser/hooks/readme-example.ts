/** Builds a page from the example in the client's README, so that the example is tested. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const README = join(import.meta.dirname, '../../../packages/client/README.md');
const MAIN = `
import { createRoot } from 'react-dom/client';
import { Channel } from './readme-example.tsx';
const channelId = new URLSearchParams(location.search).get('channel');
createRoot(document.getElementById('root')).render(<Channel channelId={channelId} />);
`;

/** Returns the two files that `readme.html` needs and that exist in no folder. */
export function readmeExample(): Plugin {
  const folder = join(import.meta.dirname, 'page');
  const files = new Map([
    [join(folder, 'readme-main.tsx'), MAIN],
    [join(folder, 'readme-example.tsx'), exampleOf(readFileSync(README, 'utf8'))],
  ]);
  return {
    name: 'readme-example',
    enforce: 'pre',
    resolveId(id) {
      const path = join(folder, id);
      return files.has(path) ? path : undefined;
    },
    load: (id) => files.get(id),
  };
}

function exampleOf(readme: string): string {
  const examples = [...readme.matchAll(/```tsx\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  const example = examples.find((code) => code.includes('useChatWs'));
  if (example === undefined) throw new Error('The README of the client has no example');
  return example;
}
