import path from 'node:path';
import { findNearest } from '../../../core/nearest.ts';
import { localPath } from '../../local-path.ts';
import { loadFile, type Loading } from './load-file.ts';
import { mergeMappings } from '../merge/merge.ts';
import {
  childOf,
  textOf,
  withEntry,
  type Mapping,
  type Scalar,
  type Source,
  type Tree,
} from '../../yaml/tree.ts';

interface Reference {
  readonly service: string;
  readonly file: Scalar | undefined;
  readonly place: Source;
}

/** `extends`: merges every service that names a base over that base. */
export async function extendServices(model: Mapping, file: string, loading: Loading): Promise<Mapping> {
  const services = childOf(model, 'services');
  if (services?.kind !== 'mapping') return model;
  let extended = services;
  for (const [name, { value }] of services.entries)
    if (readReference(value) !== undefined)
      extended = withEntry(extended, name, await resolve(services, name, file, [], loading));
  return extended === services ? model : withEntry(model, 'services', extended);
}

function readReference(service: Tree): Reference | undefined {
  const reference = childOf(service, 'extends');
  const name = reference?.kind === 'scalar' ? reference : childOf(reference, 'service');
  const file = childOf(reference, 'file');
  if (name?.kind !== 'scalar') return undefined;
  return { service: textOf(name), file: file?.kind === 'scalar' ? file : undefined, place: name.place };
}

async function resolve(
  services: Mapping,
  name: string,
  file: string,
  chain: readonly string[],
  loading: Loading,
): Promise<Tree | undefined> {
  const service = services.entries.get(name)?.value;
  const reference = service === undefined ? undefined : readReference(service);
  if (reference === undefined || service?.kind !== 'mapping') return service;
  const own = withEntry(service, 'extends', undefined);
  const subject = `services.${name}.extends`;
  const step = `${file}#${name}`;
  const cycleStart = chain.indexOf(step);
  if (cycleStart !== -1) {
    const names = [...chain.slice(cycleStart), step].map(it => it.slice(it.lastIndexOf('#') + 1));
    // Every service of a circle finds it: the first by name reports it.
    if (names.every(it => it >= name))
      loading.problems.add(
        reference.place,
        subject,
        `services extend one another in a circle: ${names.join(' → ')}`,
      );
    return own;
  }
  const otherFile =
    reference.file === undefined ? file : localPath(reference.place.baseDirectory, textOf(reference.file));
  const others = otherFile === file ? services : await loadServices(otherFile, reference, subject, loading);
  if (others === undefined) return own;
  if (!others.entries.has(reference.service)) {
    const nearest = findNearest(reference.service, [...others.entries.keys()]);
    const where = otherFile === file ? '' : ` in ${otherFile}`;
    loading.problems.add(
      reference.place,
      subject,
      `there is no service ${JSON.stringify(reference.service)}${where}${nearest === undefined ? '' : `: did you mean ${JSON.stringify(nearest)}?`}`,
    );
    return own;
  }
  const base = await resolve(others, reference.service, otherFile, [...chain, step], loading);
  return base?.kind === 'mapping' ? mergeMappings(base, own, ['services', name], loading.problems) : own;
}

async function loadServices(
  file: string,
  { place, file: written }: Reference,
  subject: string,
  loading: Loading,
): Promise<Mapping | undefined> {
  const request = {
    file,
    role: 'extended' as const,
    baseDirectory: path.dirname(file),
    place: written?.place ?? place,
    subject,
  };
  const documents = await loadFile(request, loading);
  const [first, ...others] = documents;
  if (first === undefined) return undefined;
  const model = others.reduce((base, over) => mergeMappings(base, over, [], loading.problems), first);
  const services = childOf(model, 'services');
  if (services?.kind === 'mapping') return services;
  loading.problems.add(request.place, subject, `${file} has no services`);
  return undefined;
}
