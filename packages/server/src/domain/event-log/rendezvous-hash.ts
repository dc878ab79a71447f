/**
 * Rendezvous hashing: chooses one of several nodes for a key. Nodes with the same list choose the
 * same one, and a node that comes or goes moves only its own share of the keys.
 */

/** Returns the node with the highest score for the key; undefined if there are no nodes. */
export function chooseNode(key: string, nodeIds: Iterable<string>): string | undefined {
  const keyHash = hashOf(key);
  let chosen: string | undefined;
  let highest = -1;
  for (const nodeId of nodeIds) {
    const score = mix(keyHash ^ hashOf(nodeId));
    // Equal scores: the same node wins, whatever the order of the list.
    const isHigher = score > highest || (score === highest && nodeId > (chosen ?? ''));
    if (!isHigher) continue;
    highest = score;
    chosen = nodeId;
  }
  return chosen;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the output. */
function mix(input: number): number {
  let hash = input;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
