export function say(text: string): void;
export function stop(text: string): never;
