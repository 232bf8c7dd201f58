import type { RegistryLogin } from '../engine/engine.ts';

/** Key of Docker Hub in docker's configuration. */
export const dockerHub = 'https://index.docker.io/v1/';

/** The registry that an image reference leads to: `ghcr.io`, `10.0.0.5:5000`, else Docker Hub. */
export function registryOf(reference: string): string {
  const [first = '', rest] = reference.split('/', 2);
  const isHost = rest !== undefined && (first === 'localhost' || /[.:]/.test(first));
  return !isHost || first === 'docker.io' || first === 'index.docker.io' ? dockerHub : first;
}

export const hostOf = (registry: string): string => registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

/** The login for the registry of `reference`; configurations write registries with and without a scheme. */
export function findLogin(
  logins: Readonly<Record<string, RegistryLogin>>,
  reference: string,
): RegistryLogin | undefined {
  const registry = registryOf(reference);
  return logins[registry] ?? Object.entries(logins).find(([name]) => hostOf(name) === hostOf(registry))?.[1];
}
