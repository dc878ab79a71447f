#!/usr/bin/env node
// The `parley` command; starts on any Node that can install the packages.
import { fileURLToPath } from 'node:url';
import { handOver } from './hand-over.mjs';
import { findNode } from './node-version.mjs';

const args = process.argv.slice(2);
const node = findNode();
if (node.error !== undefined) {
  console.error(node.error);
  process.exit(1);
}
if (node.path === process.execPath) {
  const { main } = await import('../src/cli/main.ts');
  await main(args);
} else {
  console.error(node.note);
  await handOver(node.path, [fileURLToPath(import.meta.url), ...args]);
}
