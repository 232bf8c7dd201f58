import path from 'node:path';
import type { DeviceKind } from '../dockerfile/find-dockerfile.ts';
import type { Problems } from '../problem.ts';
import type { Project, ProjectFile } from '../project.ts';
import type { Service } from '../service.ts';
import { checkNetwork } from './check-engine.ts';
import { checkReferences } from './check-references.ts';
import type { ComposeSettings } from './compose-environment.ts';
import { Cursor } from './cursor.ts';
import type { FileRequest } from './load-file.ts';
import { loadModel } from './load-model.ts';
import { orderServices } from './order-services.ts';
import { readComposeName } from './read-name.ts';
import { readSecretFiles } from './read/read-secrets.ts';
import { listVariableFiles } from './read/read-environment.ts';
import { readService } from './read/read-service.ts';
import { readNetworks, readVolumes } from './read/read-shared.ts';
import type { Lookup } from './substitute.ts';

export interface ComposeRequest extends DeviceKind {
  readonly files: readonly ProjectFile[];
  readonly settings: ComposeSettings;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** The project that compose files describe. With problems, what is returned is not whole. */
export async function readCompose(request: ComposeRequest, problems: Problems): Promise<Project | undefined> {
  const [first] = request.files;
  if (first === undefined) return undefined;
  const directory = path.dirname(first.file);
  const requests = request.files.map((it): FileRequest => {
    const place = { file: it.file, line: 1, column: 1 };
    return { ...it, baseDirectory: directory, place, subject: '' };
  });
  const name = await readComposeName(requests, request.settings, problems);
  const lookup: Lookup = it => (it === 'COMPOSE_PROJECT_NAME' ? name : request.settings.lookup(it));
  const files = new Map<string, ProjectFile>();
  const onFile = (it: ProjectFile): void => void files.set(it.file, files.get(it.file) ?? it);
  const model = await loadModel(requests, { problems, lookup, onFile, including: [] });
  if (model === undefined) return undefined;
  const cursor = new Cursor(model, '', problems, { place: model.place });
  const disabled = findDisabled(cursor, request.settings.profiles);
  const services = await readServices(cursor, disabled, { ...request, lookup, projectName: name });
  checkReferences({ model: cursor, services, disabled, profiles: request.settings.profiles });
  const used = findUsed(services);
  for (const [, network] of cursor.at('networks').entries()) checkNetwork(network);
  return {
    name,
    directory,
    files: [...files.values()],
    inputs: [...request.settings.envFiles, ...listVariableFiles(cursor.at('services'), disabled)],
    services: orderServices(services, cursor),
    networks: readNetworks(cursor.at('networks'), used.networks, name),
    volumes: readVolumes(cursor.at('volumes'), used.volumes, name),
    secrets: await readSecretFiles(cursor.at('secrets'), used.secrets, lookup),
    configs: await readSecretFiles(cursor.at('configs'), used.configs, lookup),
    disabledServices: [...disabled.keys()],
    warnings: problems.warnings,
  };
}

interface ServiceContext extends ComposeRequest {
  readonly lookup: Lookup;
  readonly projectName: string;
}

async function readServices(
  model: Cursor,
  disabled: ReadonlyMap<string, unknown>,
  { deviceType, arch, lookup, buildArgs, projectName }: ServiceContext,
): Promise<Service[]> {
  const services: Service[] = [];
  for (const [name, it] of model.at('services').entries()) {
    if (disabled.has(name) || !it.isMapping) continue;
    const template = { deviceType, arch, projectName, serviceName: name };
    services.push(await readService(name, it, { template, lookup, buildArgs }));
  }
  if (services.length === 0 && model.problems.errors.length === 0)
    model.fail(disabled.size > 0 ? 'every service needs a profile: choose one' : 'there are no services');
  return services;
}

/** Services whose profiles are not asked for, with these. */
function findDisabled(model: Cursor, asked: readonly string[]): Map<string, string[]> {
  const disabled = new Map<string, string[]>();
  for (const [name, it] of model.at('services').entries()) {
    const profiles = it.at('profiles').texts();
    const isAsked = asked.includes('*') || profiles.some(profile => asked.includes(profile));
    if (profiles.length > 0 && !isAsked) disabled.set(name, profiles);
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
