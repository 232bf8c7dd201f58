import path from 'node:path';
import type { BuildPlace } from '../build.ts';
import type { AskDevice } from '../dockerfile/find-dockerfile.ts';
import type { Place, Problems } from '../problem.ts';
import type { Project, ProjectFile } from '../project.ts';
import type { Service } from '../service.ts';
import { checkNetwork } from './check/check-engine.ts';
import { checkReferences } from './check/check-references.ts';
import type { ComposeSettings } from './files/compose-settings.ts';
import { Cursor } from '../yaml/cursor.ts';
import type { FileRequest } from './files/load-file.ts';
import { loadModel } from './files/load-model.ts';
import { orderServices } from './check/order-services.ts';
import { readComposeName } from './files/read-name.ts';
import { listProfileFiles } from './read/container/read-security-options.ts';
import { readSecretFiles } from './read/read-secrets.ts';
import { listVariableFiles } from './read/read-environment.ts';
import { readService } from './read/read-service.ts';
import { readNetworks, readVolumes } from './read/read-shared.ts';
import type { Lookup } from '../variables/substitute.ts';
import { withoutReset } from '../yaml/tree.ts';

export interface ComposeRequest {
  readonly askDevice: AskDevice;
  readonly files: readonly ProjectFile[];
  readonly settings: ComposeSettings;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Named services, whose profiles are enabled. */
  readonly services: readonly string[];
  readonly placeOf: (service: string) => BuildPlace;
}

/** The project that compose files describe. With problems, the result is not whole. */
export async function readCompose(request: ComposeRequest, problems: Problems): Promise<Project | undefined> {
  const [first] = request.files;
  if (first === undefined) return undefined;
  const directory = path.dirname(first.file);
  const requests = request.files.map((it): FileRequest => {
    const place = { file: it.file, line: 1, column: 1 };
    return { ...it, baseDirectory: directory, place, subject: '' };
  });
  const { name, givenName } = await readComposeName(requests, request.settings, problems);
  const lookup: Lookup = it => (it === 'COMPOSE_PROJECT_NAME' ? name : request.settings.lookup(it));
  const files = new Map<string, ProjectFile>();
  const onFile = (it: ProjectFile): void => void files.set(it.file, files.get(it.file) ?? it);
  const merged = await loadModel(requests, { problems, lookup, onFile, including: [] });
  if (merged === undefined) {
    if (problems.errors.length === 0)
      problems.add({ file: first.file, line: 1, column: 1 }, '', 'the file is empty');
    return undefined;
  }
  const model = withoutReset(merged);
  const cursor = new Cursor(model, '', problems, { place: model.place });
  const disabled = findDisabled(cursor, request.settings.profiles, request.services);
  const emptyServices = findEmpty(cursor, disabled);
  const services = await readServices(cursor, disabled, {
    ...request,
    lookup,
    projectName: name,
    directory,
    emptyServices,
  });
  checkReferences({ model: cursor, services, disabled, emptyServices, profiles: request.settings.profiles });
  const used = findUsed(services);
  for (const [, network] of cursor.at('networks').entries()) checkNetwork(network);
  return {
    name,
    givenName,
    directory,
    files: [...files.values()],
    inputs: [
      ...request.settings.envFiles,
      ...listVariableFiles(cursor.at('services'), disabled),
      ...listProfileFiles(cursor.at('services'), disabled, directory),
    ],
    services: orderServices(services, cursor),
    networks: readNetworks(cursor.at('networks'), used.networks, name),
    volumes: readVolumes(cursor.at('volumes'), used.volumes, name),
    secrets: await readSecretFiles(cursor.at('secrets'), used.secrets, lookup),
    configs: await readSecretFiles(cursor.at('configs'), used.configs, lookup),
    disabledServices: [...disabled.keys(), ...emptyServices],
    emptyServices: [...emptyServices],
    warnings: problems.warnings,
    places: new Map([
      ...placesIn(cursor, 'services', 3),
      ...placesIn(cursor, 'volumes'),
      ...placesIn(cursor, 'networks'),
    ]),
  };
}

/** Places of the keys of a section: of its things, of their members, and of `depth` levels in all. */
function placesIn(model: Cursor, section: string, depth = 1): [string, Place][] {
  const visit = (it: Cursor, levels: number): [string, Place][] =>
    levels === 0
      ? []
      : it.entries().flatMap(([, child]) => {
          const { file, line, column } = child.keyPlace;
          return [[child.subject, { file, line, column }], ...visit(child, levels - 1)];
        });
  return visit(model.at(section), depth);
}

interface ServiceContext extends ComposeRequest {
  readonly lookup: Lookup;
  readonly projectName: string;
  readonly directory: string;
  readonly emptyServices: ReadonlySet<string>;
}

async function readServices(
  model: Cursor,
  disabled: ReadonlyMap<string, readonly string[]>,
  { askDevice, lookup, buildArgs, placeOf, projectName, directory, emptyServices }: ServiceContext,
): Promise<Service[]> {
  const services: Service[] = [];
  for (const [name, it] of model.at('services').entries()) {
    if (disabled.has(name) || emptyServices.has(name) || !it.isMapping) continue;
    const template = { askDevice, projectName, serviceName: name };
    const place = placeOf(name);
    services.push(
      await readService(name, it, { template, lookup, buildArgs, directory, place, emptyServices }),
    );
  }
  if (services.length === 0 && model.problems.errors.length === 0)
    model.fail(describeNoServices(disabled, emptyServices));
  return services;
}

function describeNoServices(
  disabled: ReadonlyMap<string, readonly string[]>,
  emptyServices: ReadonlySet<string>,
): string {
  const profiles = [...new Set([...disabled.values()].flat())].sort();
  if (emptyServices.size > 0) return `no service is left: ${[...emptyServices].join(', ')} has a scale of 0`;
  return disabled.size > 0
    ? `every service needs a profile: choose one with --profile, of ${profiles.join(', ')}`
    : 'there are no services';
}

/** The enabled services with `scale: 0` or `replicas: 0`, which docker compose gives no container. */
function findEmpty(model: Cursor, disabled: ReadonlyMap<string, unknown>): Set<string> {
  const scaleOf = (it: Cursor): number | undefined =>
    it.at('scale').integer() ?? it.at('deploy', 'replicas').integer();
  const services = model.at('services').entries();
  return new Set(services.flatMap(([name, it]) => (!disabled.has(name) && scaleOf(it) === 0 ? [name] : [])));
}

/** The services that are left out, with their profiles. To name a service turns its profiles on. */
function findDisabled(
  model: Cursor,
  given: readonly string[],
  named: readonly string[],
): Map<string, string[]> {
  const ofNamed = named.flatMap(name => model.at('services', name, 'profiles').texts());
  const requested = [...given, ...ofNamed];
  const disabled = new Map<string, string[]>();
  for (const [name, it] of model.at('services').entries()) {
    const profiles = it.at('profiles').texts();
    const isRequested = requested.includes('*') || profiles.some(profile => requested.includes(profile));
    if (profiles.length > 0 && !isRequested) disabled.set(name, profiles);
  }
  return disabled;
}

type Used = Record<'networks' | 'volumes' | 'secrets' | 'configs', Set<string>>;

function findUsed(services: readonly Service[]): Used {
  const sources = (kind: 'secrets' | 'configs'): Set<string> =>
    new Set(services.flatMap(it => it[kind].map(({ source }) => source)));
  return {
    networks: new Set(
      services.flatMap(({ networking: it }) =>
        it.mode === 'networks' ? it.networks.map(({ network }) => network) : [],
      ),
    ),
    volumes: new Set(
      services.flatMap(({ mounts }) =>
        mounts.flatMap(it => (it.type === 'volume' && it.volume ? [it.volume] : [])),
      ),
    ),
    secrets: sources('secrets'),
    configs: sources('configs'),
  };
}
