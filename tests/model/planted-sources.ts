/**
 * Loads the server with planted faults into this process. For each fault only the changed module and
 * the modules that import it, however indirectly, are loaded again; all others are shared, and so
 * is the code that the engine has compiled for them.
 */
import { type ResolveFnOutput, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type PlantedFault, plant } from './planted-faults.ts';
import { loadServer, SERVER_SOURCES, type ServerModules } from './sources.ts';

const SOURCES = `${pathToFileURL(SERVER_SOURCES).href}/`;
/** A module's address ends with the name of the server that it is part of. */
const SEPARATOR = '?server=';
const RIGHT = 'right';

interface Server {
  readonly fault: PlantedFault;
  /** The changed module and those that import it, however indirectly. */
  readonly reloaded: ReadonlySet<string>;
}

export class PlantedSources {
  /** The importers of each module. */
  readonly #importers = new Map<string, Set<string>>();
  readonly #servers = new Map<string, Server>();

  constructor() {
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const resolved = nextResolve(specifier, context);
        return this.#resolve(resolved, context.parentURL ?? '');
      },
      load: (url, context, nextLoad) => {
        const [address, name] = split(url);
        const fault = this.#servers.get(name)?.fault;
        if (fault === undefined || address !== urlOf(fault)) return nextLoad(url, context);
        return { format: 'module-typescript', source: plant(fault), shortCircuit: true };
      },
    });
  }

  /** The server without a fault. */
  loadRight(): Promise<ServerModules> {
    return loadServer(SEPARATOR + RIGHT);
  }

  async load(fault: PlantedFault): Promise<ServerModules> {
    // Its modules are shared; loading them shows which module imports which.
    await this.loadRight();
    const name = `with-fault-${this.#servers.size + 1}`;
    this.#servers.set(name, { fault, reloaded: this.#importersOf(urlOf(fault)) });
    return loadServer(SEPARATOR + name);
  }

  #resolve(resolved: ResolveFnOutput, parentUrl: string): ResolveFnOutput {
    const [address, ownName] = split(resolved.url);
    const [parent, parentName] = split(parentUrl);
    const name = ownName || parentName;
    if (!address.startsWith(SOURCES) || name === '') return resolved;
    if (name === RIGHT) this.#note(address, parent);
    const isReloaded = this.#servers.get(name)?.reloaded.has(address) === true;
    return { ...resolved, url: address + SEPARATOR + (isReloaded ? name : RIGHT) };
  }

  #note(address: string, importer: string): void {
    const importers = this.#importers.get(address) ?? new Set();
    this.#importers.set(address, importers.add(importer));
  }

  #importersOf(address: string, found = new Set<string>()): ReadonlySet<string> {
    if (found.has(address)) return found;
    found.add(address);
    for (const importer of this.#importers.get(address) ?? []) this.#importersOf(importer, found);
    return found;
  }
}

function urlOf({ file }: PlantedFault): string {
  return pathToFileURL(join(SERVER_SOURCES, file)).href;
}

/** The address without the name of a server, and that name, empty if there is none. */
function split(url: string): [address: string, name: string] {
  const [address = '', name = ''] = url.split(SEPARATOR);
  return [address, name];
}
