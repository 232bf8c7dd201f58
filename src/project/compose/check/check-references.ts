import { findNearest } from '../../../core/nearest.ts';
import { toImageName } from '../../image-reference.ts';
import { formatPort, isSamePublishedPort, type PortMapping } from '../../ports.ts';
import type { Service } from '../../service.ts';
import type { Cursor } from '../../yaml/cursor.ts';

export interface ReferenceContext {
  readonly model: Cursor;
  readonly services: readonly Service[];
  /** Services that are left out, each with its profiles. */
  readonly disabled: ReadonlyMap<string, readonly string[]>;
  /** Services that have no container. */
  readonly emptyServices: ReadonlySet<string>;
  /** The profiles that were given. */
  readonly profiles: readonly string[];
}

/** Checks that all names in services exist, and that no two services need the same port or name of the device. */
export function checkReferences(context: ReferenceContext): void {
  const { model, services, profiles } = context;
  checkProfiles(model, profiles);
  const names = new Set(services.map(({ name }) => name));
  for (const service of services) {
    const it = model.at('services', service.name);
    for (const dependency of service.dependsOn.filter(({ service: name }) => !names.has(name)))
      if (dependency.isRequired) refuseDependency(it, dependency.service, names, context);
    if (service.networking.mode === 'networks')
      for (const { network } of service.networking.networks)
        if (network !== 'default') check(model, 'networks', network, it.at('networks'));
    for (const mount of service.mounts)
      if (mount.type === 'volume' && mount.volume !== undefined)
        check(model, 'volumes', mount.volume, it.at('volumes'));
    for (const kind of ['secrets', 'configs'] as const)
      for (const { source } of service[kind]) check(model, kind, source, it.at(kind));
  }
  checkPublishedPorts(model, services);
  checkNames(model, services);
}

/** A profile that no service has may be misspelt, or belong to another project. */
function checkProfiles(model: Cursor, requested: readonly string[]): void {
  const known = new Set(
    model
      .at('services')
      .entries()
      .flatMap(([, it]) => it.at('profiles').texts()),
  );
  for (const name of requested)
    if (name !== '*' && !known.has(name))
      model.at('services').warn(`none has the profile ${JSON.stringify(name)}${suggest(name, [...known])}`);
}

/** A device has a container's name once; image names have no capitals. */
function checkNames(model: Cursor, services: readonly Service[]): void {
  for (const [i, { name, containerName, image }] of services.entries()) {
    const before = services.slice(0, i);
    const namesake = before.find(it => it.containerName !== undefined && it.containerName === containerName);
    if (namesake !== undefined)
      model.at('services', name, 'container_name').fail(`is the name of ${namesake.name} already`);
    const twin = before.find(it => !it.image && !image && toImageName(it.name) === toImageName(name));
    if (twin !== undefined)
      model.at('services', name).fail(`its image would have the name of ${twin.name}'s: give one an "image"`);
  }
}

function refuseDependency(
  service: Cursor,
  name: string,
  names: ReadonlySet<string>,
  { disabled, emptyServices }: ReferenceContext,
): void {
  const profiles = disabled.get(name);
  const reason = emptyServices.has(name)
    ? `${name} is left out: it has a scale of 0`
    : profiles === undefined
      ? `there is no service ${JSON.stringify(name)}${suggest(name, [...names])}`
      : `${name} is left out: it needs the profile ${profiles.join(' or ')}`;
  const [places] = ['depends_on', 'network_mode', 'links', 'volumes_from', 'pid', 'ipc']
    .map(key => service.at(key))
    .filter(it => it.isPresent && mentions(it, name));
  const at = places ?? service;
  const item = itemOf(at, name);
  service.problems.add(item.keyPlace, at.subject, reason);
}

const mentions = (it: Cursor, name: string): boolean => itemOf(it, name) !== it || it.tree?.kind === 'scalar';

function check(model: Cursor, section: string, name: string, use: Cursor): void {
  const known = model
    .at(section)
    .entries()
    .map(([key]) => key);
  if (known.includes(name)) return;
  const item = itemOf(use, name);
  const word = section.replace(/s$/, '');
  use.problems.add(
    item.keyPlace,
    use.subject,
    `there is no ${word} ${JSON.stringify(name)} under "${section}:"${suggest(name, known)}`,
  );
}

/** The item or entry of `use` that names `name`. */
function itemOf(use: Cursor, name: string): Cursor {
  const speaks = (it: Cursor): boolean => {
    const text = it.isMapping ? it.at('source').text() : it.text();
    return text === name || (text?.startsWith(`${name}:`) ?? false);
  };
  return use.entries().find(([key]) => key === name)?.[1] ?? use.items().find(speaks) ?? use;
}

function suggest(typed: string, known: readonly string[]): string {
  const nearest = findNearest(typed, known);
  return nearest === undefined ? '' : `: did you mean ${JSON.stringify(nearest)}?`;
}

function checkPublishedPorts(model: Cursor, services: readonly Service[]): void {
  const taken: { readonly service: string; readonly port: PortMapping }[] = [];
  for (const { name, ports, networking } of services)
    for (const port of networking.mode === 'host' ? [] : ports) {
      const owner = taken.find(it => isSamePublishedPort(it.port, port));
      const at = model.at('services', name, 'ports');
      if (owner?.service === name)
        at.fail(`publishes one port twice: ${formatPort(owner.port)} and ${formatPort(port)}`);
      else if (owner !== undefined)
        at.fail(
          `port ${port.published ?? ''}/${port.protocol} of the device is published by ${owner.service} already`,
        );
      taken.push({ service: name, port });
    }
}
