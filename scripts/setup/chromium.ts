/** Finds a Chromium for the browser tests, or installs Debian's if the user may. */
import { runCommand } from '../steps.ts';
import { findOnPath, isExecutable } from './find-on-path.ts';

type Chromium =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** The headless shell first: without the parts of a desktop browser, a test takes a quarter less CPU time. */
const NAMES = [
  ...['chromium-headless-shell', 'chromium', 'chromium-browser'],
  ...['google-chrome', 'google-chrome-stable', 'chrome'],
];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

export async function findOrInstallChromium(): Promise<Chromium> {
  const there = findChromium();
  if (there !== undefined) return { kind: 'found', path: there };
  if (process.getuid?.() !== 0 || findOnPath('apt-get') === undefined) {
    return {
      kind: 'missing',
      reason: 'no Chromium or Chrome was found: install one, or name it in CHROMIUM_PATH',
    };
  }
  console.log('Installing Chromium for the browser tests …');
  await runCommand('apt-get', ['update', '-q'], { quiet: true });
  const packages = ['chromium-headless-shell', 'fonts-noto-color-emoji'];
  const install = await runCommand(
    'env',
    [
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'install',
      '-yq',
      '--no-install-recommends',
      ...packages,
    ],
    { quiet: true },
  );
  const installed = findChromium();
  if (installed !== undefined) return { kind: 'found', path: installed };
  const lastLine = install.output.trim().split('\n').at(-1) ?? '';
  return { kind: 'missing', reason: `apt-get could not install Chromium: ${lastLine}` };
}

function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined) return named;
  for (const name of NAMES) {
    const path = findOnPath(name);
    if (path !== undefined) return path;
  }
  return PLACES.find(isExecutable);
}
