/** The documents of the interfaces: as they are now, and as the last release stored them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_OPERATIONS } from '../../packages/server/src/http/openapi/api-operations.ts';
import { toAsyncDocument } from '../../packages/server/src/http/openapi/asyncapi.ts';
import { toDocument } from '../../packages/server/src/http/openapi/openapi.ts';
import { root } from '../steps.ts';
import { findBreakingChanges } from './breaking-changes.ts';

const FOLDER = join(root, 'docs', 'api');

interface InterfaceDocument {
  readonly info: { readonly version: string };
}

/** Their texts, by path. */
export function interfaceDocuments(version: string): ReadonlyMap<string, string> {
  const routes = Object.keys(API_OPERATIONS).map((name) => {
    const [method = '', path = ''] = name.split(' ');
    return { method, path };
  });
  const textOf = (document: object) => `${JSON.stringify(document, undefined, 2)}\n`;
  return new Map([
    [join(FOLDER, 'openapi.json'), textOf(toDocument(routes, version))],
    [join(FOLDER, 'asyncapi.json'), textOf(toAsyncDocument(version))],
  ]);
}

/**
 * Changes that break clients of the last release: allowed in a version that differs in its first
 * number, or below 1.0.0 in its second.
 */
export function findBreaksSinceRelease(): string[] {
  const { version } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as InterfaceDocument['info'];
  const seriesOf = (text: string) =>
    text
      .split('.')
      .slice(0, text.startsWith('0.') ? 2 : 1)
      .join('.');
  return [...interfaceDocuments(version)].flatMap(([path, text]) => {
    if (!existsSync(path)) return [];
    const former = JSON.parse(readFileSync(path, 'utf8')) as InterfaceDocument &
      Readonly<Record<string, unknown>>;
    if (seriesOf(former.info.version) !== seriesOf(version)) return [];
    return findBreakingChanges(former, JSON.parse(text));
  });
}
