import { homedir } from 'node:os';
import path from 'node:path';

/** The directory of the docker client's configuration. An empty `DOCKER_CONFIG` is none, as for docker. */
export function dockerDirectory(
  environment: Readonly<Partial<Record<string, string>>> = process.env,
): string {
  const set = environment['DOCKER_CONFIG'];
  return set === undefined || set === '' ? path.join(homedir(), '.docker') : set;
}
