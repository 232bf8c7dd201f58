/** The engine's objects that a supervisor looks at, by the labels that it gives them. */
import type { EngineAnswer, EngineApi } from './engine-api.ts';
import { listOf, objectOf, textOf, textsOf, type Json } from '../json.ts';

export interface SupervisedContainer {
  readonly id: string;
  readonly name: string;
  readonly appId: number;
  readonly service: string;
  readonly imageId: string;
  readonly state: string;
  readonly createdS: number;
}

/** Throws with the engine's own words where it refuses; `allowed` are other statuses that are fine. */
export async function must(
  engine: EngineApi,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { body, allowed = [] }: { readonly body?: unknown; readonly allowed?: readonly number[] } = {},
): Promise<EngineAnswer> {
  const answer = await engine.ask(method, path, body);
  if (answer.status < 400 || allowed.includes(answer.status)) return answer;
  throw new Error(
    textOf(objectOf(answer.body)['message']) || `${method} ${path}: ${answer.status.toString()}`,
  );
}

const filter = (filters: Json): string => encodeURIComponent(JSON.stringify(filters));

export async function listSupervised(engine: EngineApi): Promise<SupervisedContainer[]> {
  const filters = filter({ label: ['io.balena.supervised'] });
  const { body } = await must(engine, 'GET', `/containers/json?all=1&filters=${filters}`);
  return listOf(body).map(entry => {
    const container = objectOf(entry);
    const labels = textsOf(container['Labels']);
    return {
      id: textOf(container['Id']),
      name: textOf(listOf(container['Names'])[0]).replace(/^\//, ''),
      appId: Number(labels['io.balena.app-id']),
      service: labels['io.balena.service-name'] ?? '',
      imageId: textOf(container['ImageID']),
      state: textOf(container['State']),
      createdS: Number(container['Created']),
    };
  });
}

/** Names of supervised networks or volumes. */
export async function listNames(engine: EngineApi, kind: 'networks' | 'volumes'): Promise<string[]> {
  const { body } = await must(
    engine,
    'GET',
    `/${kind}?filters=${filter({ label: ['io.balena.supervised'] })}`,
  );
  const entries = kind === 'volumes' ? objectOf(body)['Volumes'] : body;
  return listOf(entries).map(entry => textOf(objectOf(entry)['Name']));
}

export interface FoundImage {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** undefined: it has none. */
  readonly command?: readonly string[] | undefined;
}

/** undefined where the engine has no image of that name. */
export async function findImage(engine: EngineApi, name: string): Promise<FoundImage | undefined> {
  const { status, body } = await engine.ask('GET', `/images/${encodeURIComponent(name)}/json`);
  if (status !== 200) return undefined;
  const image = objectOf(body);
  const { Labels, Cmd } = objectOf(image['Config']);
  const command = Array.isArray(Cmd) ? Cmd.map(String) : undefined;
  return { id: textOf(image['Id']), labels: textsOf(Labels), command };
}

export async function removeContainer(engine: EngineApi, id: string): Promise<void> {
  await must(engine, 'POST', `/containers/${id}/stop`, { allowed: [304, 404] });
  await must(engine, 'DELETE', `/containers/${id}?v=1&force=1`, { allowed: [404, 409] });
}

/** Removes every image that has no name, a layer of a build under way among them. */
export async function removeUnnamedImages(engine: EngineApi): Promise<void> {
  const { body } = await must(engine, 'GET', `/images/json?filters=${filter({ dangling: ['true'] })}`);
  for (const image of listOf(body))
    await engine.ask('DELETE', `/images/${encodeURIComponent(textOf(objectOf(image)['Id']))}`);
}
