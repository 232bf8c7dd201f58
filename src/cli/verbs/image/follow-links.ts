import { realpath } from 'node:fs/promises';

/** Returns the path that `name` leads to, links followed; `name` itself if nothing is there. */
export const followLinks = (name: string): Promise<string> => realpath(name).catch(() => name);
