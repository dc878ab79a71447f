/**
 * The compiled validators of client input, loaded with the first request that needs them: they are a
 * third of all modules.
 */
import { createRequire } from 'node:module';

type Validators = typeof import('@parley/protocol/validators');

const load = createRequire(import.meta.url);
let loaded: Validators | undefined;

export function validators(): Validators {
  // The package has this module under this name.
  loaded ??= load('@parley/protocol/validators') as Validators;
  return loaded;
}
