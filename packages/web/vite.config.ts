/**
 * Builds the page into `dist`, with hashed assets below `/assets/`; the development
 * server proxies to the Parley server.
 */
import { basename } from 'node:path';
import react from '@vitejs/plugin-react';
import { minify } from 'terser';
import { defineConfig, type Plugin } from 'vite';
import { emojiTable } from './emoji-table.ts';

const SERVER_URL = process.env['PARLEY_SERVER_URL'] ?? 'http://127.0.0.1:8080';
const HASHED_SCRIPT = 'assets/[name]-[hash:7].js';
/**
 * Small modules that later parts share, in one file: the first load names every file, with a hash that does
 * not compress.
 */
const SHARED = [
  'components/asked',
  'conversation/ask-to-',
  'conversation/everyone-warning',
  'conversation/slow-mode.ts',
  'copy-text',
  'files/ask-to-',
  'files/blur',
  'files/draft-',
  'files/file-size',
  'files/local-file',
  'files/server-file',
  'files/shown-text',
  'files/stored-files',
  'files/time-in-name',
  'files/upload-f',
  'hooks/use-server-role',
  'notifications/notification-choice',
  'offered-times',
  'passkeys/offers-passkeys',
  'passkeys/passkey-problem',
  'people/ask-for-',
  'people/refresh-blocks',
  'people/use-found-people',
  'rooms/room-keys',
  'rooms/room-permissions',
  'rooms/use-name-filter',
  'scheduled/ask-to-',
  'search/last-search',
  'search/recent-searches',
  'search/search-address',
  'server-profile.ts',
  'strings/own-profile',
  'strings/palette',
  'strings/slow-mode',
];
const HTTP_PATHS = ['/api', '/login', '/logout', '/register'];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), emojiTable(), minifyAgain()],
  css: {
    // Short names that repeat compress well; the name of a file with styles is there once.
    modules: {
      generateScopedName: (name, file) => `${basename(file, '.module.css')}_${name}`,
    },
  },
  build: {
    // Browsers of 2024 support what the styles use (`light-dark`, nesting).
    target: ['chrome123', 'firefox128', 'safari17.5'],
    // Every asset is a file: the content security policy does not allow `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    rolldownOptions: {
      output: {
        // One script for the first load, instead of a file for each part that a later one shares:
        // fewer requests, and it compresses better.
        codeSplitting: {
          groups: [
            { name: 'first', tags: ['$initial'] },
            {
              name: 'shared',
              test: (id) => SHARED.some((path) => id.includes(`/web/src/${path}`)),
            },
          ],
        },
        // The first load names all parts: hashes do not compress, and 7 characters tell versions apart.
        ...{ entryFileNames: HASHED_SCRIPT, chunkFileNames: HASHED_SCRIPT },
        assetFileNames: 'assets/[name]-[hash:7][extname]',
      },
    },
  },
  // A file without imports: its policy allows none (`http/routes/static-routes.ts` of the server).
  worker: { rolldownOptions: { output: { entryFileNames: HASHED_SCRIPT } } },
  server: {
    proxy: {
      ...Object.fromEntries(HTTP_PATHS.map((path) => [path, { target: SERVER_URL }])),
      '/ws': { target: SERVER_URL.replace(/^http/, 'ws'), ws: true },
    },
  },
});

/**
 * Minifies what the bundler has minified: 1.5 KB less of the first load, compressed
 * (docs/decisions/0055). The bundler's own use of Terser, in place of its minifier, saves nothing.
 */
function minifyAgain(): Plugin {
  return {
    name: 'minify-again',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        const compress = { passes: 3, ecma: 2020 } as const;
        const { code } = await minify(file.code, { module: true, compress });
        if (code !== undefined) file.code = code;
      }
    },
  };
}
